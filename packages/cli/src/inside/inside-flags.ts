import type { Command } from 'commander';

/** Options of every command that looks inside a phone's backup. */
export interface InsideFlags {
  readonly device?: string;
  readonly phonePasswordFile?: string;
}

/** The environment variable that holds the backup password of the phone. */
export const phonePasswordVariable = 'TRIPLICATE_PHONE_PASSWORD';

export const addInsideOptions = (command: Command): Command =>
  command
    .option('--device <udid>', 'which device, where a snapshot holds the backups of several')
    .option(
      '--phone-password-file <file>',
      `file whose first line is the backup password of the phone (else $${phonePasswordVariable}, the configuration, or a question)`,
    );

/** Without --logical these options have nothing to say. */
export const refuseInside = async ({
  device,
  phonePasswordFile,
  apps,
}: InsideFlags & { readonly apps?: boolean }): Promise<void> => {
  if (device === undefined && phonePasswordFile === undefined && apps === undefined) return;
  const { BackupError } = await import('@triplicate/core');
  throw new BackupError('USAGE', '--device, --phone-password-file and --apps look inside a phone', {
    hint: 'add --logical',
  });
};

/** Those commands have a second way to look: by the phone's own names. */
export const addLogicalOptions = (command: Command): Command =>
  addInsideOptions(
    command.option('--logical', 'look inside the backup of an iPhone, by the names that files have there'),
  );

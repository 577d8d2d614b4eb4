import { Option, type Command } from 'commander';

/** Understood by every command, before or after its name. */
export interface GlobalOptions {
  readonly config?: string;
  readonly pipeline?: string;
  readonly repo?: string;
  readonly passwordFile?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export const addGlobalOptions = (program: Command): Command =>
  program
    .option('-c, --config <file>', 'configuration to use (else $TRIPLICATE_CONFIG, ./triplicate.yaml, your own folder)')
    .option('-p, --pipeline <name>', 'pipeline to work on; needed when there are several')
    .option('--repo <folder>', 'work on one replica in this folder, without any configuration')
    .option('--password-file <file>', 'with --repo and init: file whose first line is the password')
    .option('--json', 'print one JSON object a line')
    .addOption(
      new Option('-q, --quiet', 'say nothing but what was asked for, warnings and errors').conflicts('verbose'),
    )
    .option('-v, --verbose', 'say more, and show where errors come from');

/** What has to be known before the command line is parsed, since parsing itself may fail and that has to be told in the right way. */
export const peekOutputOptions = (
  parameters: readonly string[],
): { readonly json: boolean; readonly quiet: boolean; readonly verbose: boolean } => {
  const end = parameters.indexOf('--');
  const own = end === -1 ? parameters : parameters.slice(0, end);
  const has = (...names: readonly string[]): boolean => own.some((parameter) => names.includes(parameter));
  return { json: has('--json'), quiet: has('-q', '--quiet'), verbose: has('-v', '--verbose') };
};

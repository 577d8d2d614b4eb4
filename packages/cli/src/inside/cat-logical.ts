import { BackupError } from '@triplicate/core';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../program/command.ts';
import type { InsideFlags } from './inside-flags.ts';
import { isFolder, nothingAt } from './list-logical.ts';
import { joinPhonePath, splitPhonePath } from './logical-path.ts';
import { openInside } from './open-inside.ts';

export interface LogicalCat {
  readonly wanted: string;
  readonly path: string;
  readonly flags: InsideFlags;
}

/** Writes a file of a phone to the standard output, decrypted on the way. A file that ends early is written as far as it goes: exit 3. */
export const catLogical = async (context: CommandContext, { wanted, path, flags }: LogicalCat): Promise<ExitCode> => {
  const { output, signal } = context;
  const at = splitPhonePath(path);
  await using inside = await openInside(context, { flags });
  const { snapshot, backup } = await inside.open(wanted);
  await using phone = backup;
  const entry = phone.manifest.find(at.domain, at.path);
  const kind = entry?.kind ?? (isFolder(phone, at) ? 'folder' : undefined);
  if (kind === undefined) throw nothingAt(at, snapshot);
  if (entry?.kind !== 'file') throw new BackupError('NOT_FOUND', `"${joinPhonePath(at)}" is a ${kind}, and no file`);
  let missing = 0;
  for await (const bytes of phone.open(entry, { signal, onShort: (short) => void (missing = short) })) {
    await output.raw(bytes);
  }
  if (missing === 0) return exitCodes.ok;
  output.warn(
    new BackupError('CORRUPT', `"${joinPhonePath(at)}" ends ${missing} bytes early`, {
      hint: 'the file changed while the phone copied it; look in another snapshot',
    }),
  );
  return exitCodes.partial;
};

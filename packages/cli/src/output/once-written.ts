import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { CliSurroundings } from '../surroundings.ts';
import { FileOutput } from './file-output.ts';

type Streams = Pick<CliSurroundings, 'stdout' | 'stderr' | 'env'>;

/**
 * The exit code of a command that ended with `code`, once everything is written: where its result did not get into a file whole, that is
 * told and a success is none. A reader that left (`| head`) had what it wanted.
 */
export const codeOnceWritten = async (code: ExitCode, { stdout, stderr, env }: Streams): Promise<ExitCode> => {
  if (!(stdout instanceof FileOutput) || !stdout.errored) return code;
  const { BackupError, toBackupError } = await import('@triplicate/core');
  const { formatError } = await import('./error.ts');
  const { createStyle, wantsColour } = await import('./style.ts');
  const cause = toBackupError(stdout.errored);
  const told = new BackupError(cause.code, `what was printed is not whole: ${cause.message}`, {
    hint: 'make room where the output goes, and run it again',
    cause,
  });
  stderr.write(`${formatError(told, createStyle(wantsColour(stderr, env)), { verbose: false })}\n`);
  return code === exitCodes.ok ? exitCodes.failed : code;
};

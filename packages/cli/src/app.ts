import { CommanderError, type Command } from 'commander';
import { exitCodeOfError, exitCodes, type ExitCode } from './exit-codes.ts';
import { Output } from './output/output.ts';
import { givenOf } from './output/prose.ts';
import { wantsColour } from './output/style.ts';
import type { CommandContext, CommandDefinition } from './program/command.ts';
import { peekOutputOptions, type GlobalOptions } from './program/global-options.ts';
import { createProgram } from './program/program.ts';
import { usageError } from './program/usage-error.ts';
import { Stopper } from './stopper.ts';
import type { CliSurroundings } from './surroundings.ts';
import { readVersion } from './version.ts';

/** Runs one command line (without the program's name) and gives its exit code. Prints every error by itself; throws nothing. */
export const run = async (parameters: readonly string[], surroundings: CliSurroundings): Promise<ExitCode> => {
  const output = new Output(surroundings, peekOutputOptions(parameters));
  using stopper = new Stopper(surroundings, output);
  let code: ExitCode = exitCodes.ok;
  let chosen: Command | undefined;
  const begin = async (globals: GlobalOptions, definition: CommandDefinition): Promise<CommandContext> => {
    stopper.begin(definition, globals);
    if ((globals.config ?? globals.pipeline ?? globals.repo) !== undefined) {
      const { shellWord } = await import('@triplicate/core');
      output.speakOf(givenOf(globals, shellWord));
    }
    return { surroundings, output, globals, signal: stopper.signal };
  };
  try {
    if (parameters.includes('--version') || parameters.includes('-V')) await printVersion(output);
    else {
      const program = createProgram({
        begin,
        chosen: (command) => {
          chosen = command;
        },
        end: (ended) => {
          code = ended;
        },
        write: (text) => void surroundings.stdout.write(output.typed(text)),
        columns: surroundings.stdout.columns ?? 80,
        isColoured: wantsColour(surroundings.stdout, surroundings.env),
      });
      // Without a command there is nothing to do but to say what there is.
      await program.parseAsync(parameters.length === 0 ? ['--help'] : [...parameters], { from: 'user' });
    }
  } catch (error) {
    code = await tellError(error, chosen, { output, stopper });
  }
  return stopper.requested && code !== exitCodes.ok ? exitCodes.interrupted : code;
};

const printVersion = async (output: Output): Promise<void> => {
  const version = readVersion();
  await output.result(version);
  await output.line({ type: 'version', version, json: 1, node: process.versions.node });
};

interface Telling {
  readonly output: Output;
  readonly stopper: Stopper;
}

const tellError = async (
  error: unknown,
  command: Command | undefined,
  { output, stopper }: Telling,
): Promise<ExitCode> => {
  if (stopper.readerLeft) return exitCodes.ok;
  if (error instanceof CommanderError) {
    // Help and the like leave by the same door.
    if (error.exitCode === 0) return exitCodes.ok;
    const usage = await usageError(error, command);
    output.fail(usage);
    return exitCodes.usage;
  }
  const { addressSpaceLimit, BackupError, isBackupError, isOutOfMemory, toBackupError } =
    await import('@triplicate/core');
  const isLimited = isOutOfMemory(error) && addressSpaceLimit() !== undefined;
  const known = isBackupError(error) || isSystemError(error) || isLimited ? toBackupError(error) : undefined;
  if (known?.code === 'ABORTED') {
    // A person who stopped it here knows why it ended; one who did so on the phone is told as what it is.
    if (output.json || (!stopper.requested && known.message !== 'interrupted')) output.fail(known);
    else if (!stopper.requested) output.say('interrupted');
    return exitCodes.interrupted;
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = 'this is a mistake of triplicate itself: run it again with --verbose and report what it shows';
  const told = known ?? new BackupError('IO', `something unexpected happened: ${message}`, { hint, cause: error });
  output.fail(told);
  return exitCodeOfError(told);
};

/** From the operating system or an aborted call, and not a mistake of ours. */
const isSystemError = (error: unknown): boolean => {
  const { code, name, syscall } = error as { code?: unknown; name?: unknown; syscall?: unknown };
  return name === 'AbortError' || code === 'ABORT_ERR' || typeof syscall === 'string';
};

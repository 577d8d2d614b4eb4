import { BackupError, toBackupError, type Pipeline, type PipelineConfig } from '@triplicate/core';
import { Readable, Writable } from 'node:stream';
import { run } from '../app.ts';
import { lookAfter, type LookRequest } from '../around/look-after.ts';
import { type Done, tellRound } from '../around/tell-round.ts';
import { openRun } from '../compose/open-pipeline.ts';
import { exitCodes, exitCodeWords, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../program/command.ts';
import type { CliSurroundings, OutputStream } from '../surroundings.ts';
import { logLines } from './log-lines.ts';
import type { RotatingLog } from './rotating-log.ts';
import { roundOf } from './round.ts';

export interface RoundOptions {
  /** Takes what the commands print, instead of the result of the daemon. */
  readonly log?: RotatingLog | undefined;
  readonly onStanding?: LookRequest['onStanding'];
  /** A person waits for it at a terminal, and sees each command as if it were typed; elsewhere only what did not go well is printed. */
  readonly isWatched?: boolean;
}

/** Longer than the prune of another computer takes as a rule, for each command that meets its lock. */
const lockWaitMs = 5 * 60_000;

/**
 * Runs the commands of a round one after another, as if they were typed. The rest goes on when one of them fails; then the round has failed.
 * Gives `partial` where a part failed while the quorum held.
 */
export const runRound = async (
  own: PipelineConfig,
  outer: CommandContext,
  { log, onStanding, isWatched = false }: RoundOptions = {},
): Promise<ExitCode> => {
  const context = { ...outer, globals: { ...outer.globals, pipeline: own.name } };
  const { globals, surroundings, signal, output } = context;
  const common = [
    ...(globals.config === undefined ? [] : ['--config', globals.config]),
    '--pipeline',
    own.name,
    '--retry-lock',
    `${Math.ceil((globals.retryLock ?? lockWaitMs) / 1000)}s`,
    ...(output.json || log ? ['--json'] : globals.verbose === true ? ['--verbose'] : isWatched ? [] : ['--quiet']),
  ];
  const done: Done[] = [];
  const { pipeline } = await openRun(context, () => undefined);
  const commands = dueOf(own, pipeline, (error) => output.warn(error));
  for (const command of commands) {
    if (signal.aborted) throw new BackupError('ABORTED', 'interrupted');
    const logged =
      log &&
      logLines({ log, pipeline: own.name, command: command[0] ?? '', onTrouble: (message) => output.note(message) });
    const started = pipeline.clock.now();
    if (isWatched) output.say(`${own.name}: ${command[0] ?? ''}`);
    const code = await run([...command, ...common], inner(surroundings, logged?.stream));
    await logged?.ended();
    if (code === exitCodes.interrupted) throw new BackupError('ABORTED', 'interrupted');
    done.push({ command: command[0] ?? '', started, code });
  }
  if (!signal.aborted)
    await lookAgain(context, done, onStanding).catch((cause: unknown) => output.warn(toBackupError(cause)));
  const failed = done.filter(({ code }) => !isGood(code));
  if (failed.length === 0)
    return done.some(({ code }) => code === exitCodes.partial) ? exitCodes.partial : exitCodes.ok;
  const what = failed.map(({ command, code }) => `${command} (${exitCodeWords[code]})`);
  throw new BackupError('IO', `${own.name}: ${what.join(', ')}`, { hint: '`triplicate runs` tells more' });
};

/** A catalog that cannot be read, as with a full state folder, keeps no backup from being tried, which tells of it. */
const dueOf = (own: PipelineConfig, pipeline: Pipeline, onTrouble: (error: BackupError) => void): string[][] => {
  try {
    return roundOf(own, pipeline);
  } catch (cause) {
    onTrouble(toBackupError(cause));
    return roundOf({ ...own, verify: {} }, { clock: pipeline.clock });
  } finally {
    pipeline.catalog?.[Symbol.dispose]();
  }
};

const lookAgain = async (
  context: CommandContext,
  done: readonly Done[],
  onStanding: LookRequest['onStanding'],
): Promise<void> => {
  const surrounds = await openRun(context, () => undefined);
  using _catalog = surrounds.pipeline.catalog;
  await tellRound(surrounds, done);
  await lookAfter(surrounds, { tell: true, onStanding });
};

/** A part that failed while the quorum held is told by its command, and is no failure of the round. */
const isGood = (code: ExitCode): boolean => code === exitCodes.ok || code === exitCodes.partial;

/** Streams of its own, so that nothing of a command stays behind on those of the daemon. Nobody is asked anything. */
const inner = (surroundings: CliSurroundings, log: Writable | undefined): CliSurroundings => ({
  ...surroundings,
  stdin: Readable.from([]),
  stdout: log ?? forward(surroundings.stdout),
  stderr: forward(surroundings.stderr),
});

/** As wide as the terminal that it leads to, if it leads to one. */
const forward = (stream: OutputStream): OutputStream => {
  const { isTTY, columns, rows } = stream;
  const own = new Writable({
    write(chunk: Buffer, _encoding, done) {
      stream.write(chunk);
      done();
    },
  });
  return Object.assign(own, { isTTY, columns, rows });
};

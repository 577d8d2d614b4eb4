import { BackupError, pipelineStatus, toBackupError, type PipelineConfig } from '@triplicate/core';
import { Writable } from 'node:stream';
import { run } from '../app.ts';
import { someoneWants } from '../around/deliver.ts';
import { standingEvents, tellStanding } from '../around/tell-standing.ts';
import { openRun } from '../compose/open-pipeline.ts';
import { exitCodes, exitCodeWords, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../program/command.ts';
import type { CliSurroundings, OutputStream } from '../surroundings.ts';
import { roundOf } from './round.ts';

/** Runs the commands of a round one after another, as if they were typed. The rest goes on when one of them fails; then the round has failed. */
export const runRound = async (own: PipelineConfig, context: CommandContext): Promise<void> => {
  const { globals, surroundings, signal, output } = context;
  const common = [
    ...(globals.config === undefined ? [] : ['--config', globals.config]),
    '--pipeline',
    own.name,
    ...(output.json ? ['--json'] : globals.verbose === true ? ['--verbose'] : ['--quiet']),
  ];
  const failed: string[] = [];
  const { pipeline } = await openRun(context, () => undefined);
  const commands = roundOf(own, pipeline);
  pipeline.catalog?.[Symbol.dispose]();
  for (const command of commands) {
    if (signal.aborted) throw new BackupError('ABORTED', 'interrupted');
    const code = await run([...command, ...common], inner(surroundings));
    if (code === exitCodes.interrupted) throw new BackupError('ABORTED', 'interrupted');
    if (!isGood(code)) failed.push(`${command[0]} (${exitCodeWords[code]})`);
  }
  await tellHowItStands(own, context);
  if (failed.length > 0)
    throw new BackupError('IO', `${own.name}: ${failed.join(', ')}`, { hint: '`triplicate runs` tells more' });
};

/** To those who want to know; what cannot be found out is a warning. */
const tellHowItStands = async (own: PipelineConfig, context: CommandContext): Promise<void> => {
  if (context.signal.aborted || !someoneWants(own.notify, standingEvents)) return;
  try {
    const globals = { ...context.globals, pipeline: own.name };
    const surrounds = await openRun({ ...context, globals }, () => undefined);
    using _catalog = surrounds.pipeline.catalog;
    await tellStanding(surrounds, await pipelineStatus(surrounds.pipeline));
  } catch (cause) {
    context.output.warn(toBackupError(cause));
  }
};

/** A part that failed while the quorum held is told by its command, and is no failure of the round. */
const isGood = (code: ExitCode): boolean => code === exitCodes.ok || code === exitCodes.partial;

/** Streams of its own, so that nothing of a command stays behind on those of the daemon. */
const inner = (surroundings: CliSurroundings): CliSurroundings => ({
  ...surroundings,
  stdout: forward(surroundings.stdout),
  stderr: forward(surroundings.stderr),
});

const forward = (stream: OutputStream): Writable =>
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      stream.write(chunk);
      done();
    },
  });

/** What a round did after its backup, and what is told of it. */
import type { NotifyEvent, StoredRun } from '@triplicate/core';
import { exitCodes, exitCodeWords, type ExitCode } from '../exit-codes.ts';
import { recordRun } from '../runs/record-run.ts';
import type { Surrounds } from './around-run.ts';
import { deliver } from './deliver.ts';

/** A command of a round, and how it ended. */
export interface Done {
  readonly command: string;
  readonly started: Date;
  readonly code: ExitCode;
}

/**
 * Tells of what failed, and of damage that was mended; the backup tells of itself. What was locked has its turn in the next round, and is
 * only noted. A command that ended before it could note its run is noted here.
 */
export const tellRound = async (surrounds: Surrounds, done: readonly Done[]): Promise<void> => {
  const after = done.filter(({ command }) => command !== 'backup');
  const runs = after.map((one) => ({ ...one, run: recorded(surrounds, one) }));
  const told = runs.filter(({ code }) => code !== exitCodes.locked);
  const failed = told.filter(({ run }) => run?.ending === 'failure');
  if (failed.length > 0) return tell(surrounds, 'failure', failed.map(sentence('failed: ')));
  const mended = told.filter(({ command, run }) => command === 'check' && run?.ending === 'partial');
  if (mended.length > 0) await tell(surrounds, 'partial', mended.map(sentence('')));
};

type Told = Done & { readonly run: Pick<StoredRun, 'ending' | 'text'> | undefined };

const sentence =
  (how: string) =>
  ({ command, run, code }: Told): string =>
    `${command} ${how}${run?.text ?? exitCodeWords[code]}`;

const recorded = ({ pipeline, context }: Surrounds, { command, started, code }: Done): Told['run'] => {
  const name = command === 'check' ? 'verify' : command;
  const own = pipeline.catalog
    ?.runs(lately)
    .find((run) => run.pipeline === pipeline.name && run.command === name && run.started >= started.getTime());
  if (own !== undefined || code === exitCodes.ok || code === exitCodes.partial) return own;
  const missing = { command: name, ending: 'failure', text: exitCodeWords[code] } as const;
  recordRun(pipeline, { ...missing, started, report: {} }, context.output);
  return missing;
};

const lately = 50;

const tell = async (surrounds: Surrounds, event: NotifyEvent, sentences: readonly string[]): Promise<void> => {
  const { pipeline } = surrounds;
  const now = pipeline.clock.now().toISOString();
  const news = {
    pipeline: pipeline.name,
    event,
    host: pipeline.host.hostname,
    started: now,
    ended: now,
    text: `${pipeline.name}: ${sentences.join('; ')}`,
    snapshots: [],
    outcomes: [],
  };
  await deliver(surrounds, { events: [event], news });
};

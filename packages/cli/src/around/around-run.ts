import {
  note,
  toBackupError,
  type BackupError,
  type BackupReport,
  type Hooks,
  type Notification,
  type NotifyEvent,
  type Pipeline,
  type PipelineConfig,
} from '@triplicate/core';
import type { OpenedSetup } from '../compose/open-pipeline.ts';
import type { Services } from '../compose/services.ts';
import { exitCodeOfBackup, exitCodes } from '../exit-codes.ts';
import type { CommandContext } from '../program/command.ts';
import type { StopSignal } from '../surroundings.ts';
import { recordRun } from '../runs/record-run.ts';
import { runHook } from './hook.ts';
import { HookLines } from './hook-lines.ts';
import { deliver } from './deliver.ts';
import type { RunNews } from './notify.ts';
import { recoveredText } from './recovered.ts';

/** What the configuration wants to happen around a run. */
export interface Surrounds {
  readonly context: CommandContext;
  readonly services: Services;
  readonly pipeline: Pipeline;
  readonly setup: OpenedSetup;
  /** The pipeline as the configuration has it. */
  readonly own: PipelineConfig;
  readonly hooks: Hooks;
  readonly notifications: readonly Notification[];
  /** Where relative paths count from. */
  readonly directory: string;
}

type Ending = 'success' | 'partial' | 'failure';
const usualTimeoutMs = 10 * 60_000;
/** After Ctrl-C, what has to be undone may still be undone. */
const afterStopMs = 4000;

/**
 * A run with the user's own programs around it, and with news about it. A `before` that fails fails the run; the others, and news that
 * cannot be delivered, are warnings. `success` or `failure`, then `after`, and one piece of news come after every run, also after one that
 * the system ended; a person who pressed Ctrl-C needs no news. `shortfall`, asked after the run, is what a run did not do whose backup is
 * good: it was partial then.
 */
export const aroundRun = async (
  surrounds: Surrounds,
  run: () => Promise<BackupReport>,
  shortfall: () => Promise<string | undefined> = async () => undefined,
): Promise<BackupReport> => {
  const { pipeline, context } = surrounds;
  const started = pipeline.clock.now().toISOString();
  let stoppedBy: StopSignal | undefined;
  using _stops = context.surroundings.onStop((signal) => (stoppedBy ??= signal));
  let ending: Ending = 'failure';
  let report: BackupReport | undefined;
  let failure: BackupError | undefined;
  try {
    await hook(surrounds, 'before');
    report = await run();
    ending = endingOf(report, pipeline);
    if (ending === 'success' && (await shortfall()) !== undefined) ending = 'partial';
    return report;
  } catch (error) {
    failure = toBackupError(error);
    throw error;
  } finally {
    const news = newsOf(surrounds, { started, ending, report, failure, short: await shortfall() });
    const record = { command: 'backup', started: new Date(started), ending, text: news.text, report: news };
    recordRun(pipeline, record, context.output);
    await lenient(surrounds, () => hook(surrounds, ending === 'failure' ? 'failure' : 'success', ending));
    await lenient(surrounds, () => hook(surrounds, 'after', ending));
    if (stoppedBy !== 'SIGINT') await tell(surrounds, ending, news);
  }
};

const endingOf = (report: BackupReport, { quorum }: Pipeline): Ending => {
  const code = exitCodeOfBackup(report, quorum, { waited: false });
  if (code === exitCodes.ok) return 'success';
  return code === exitCodes.partial ? 'partial' : 'failure';
};

const hook = async (
  surrounds: Surrounds,
  name: 'before' | 'success' | 'failure' | 'after',
  ending?: Ending,
): Promise<void> => {
  const { hooks, context, services, pipeline, directory } = surrounds;
  const command = hooks[name];
  if (command === undefined) return;
  const { surroundings, signal } = context;
  await using lines = new HookLines(surrounds, name);
  await runHook(name, command, {
    surroundings,
    clock: services.clock,
    directory,
    variables: { TRIPLICATE_PIPELINE: pipeline.name, ...(ending === undefined ? {} : { TRIPLICATE_EVENT: ending }) },
    timeoutMs: signal.aborted ? afterStopMs : (hooks.timeout ?? usualTimeoutMs),
    signal: signal.aborted ? AbortSignal.timeout(afterStopMs) : signal,
    onLine: lines.take,
  });
};

const lenient = async ({ context }: Surrounds, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    context.output.warn(toBackupError(error));
  }
};

const tell = async (surrounds: Surrounds, ending: Ending, news: RunNews): Promise<void> => {
  const { pipeline, context } = surrounds;
  const { lastRun } = await pipeline.state.read();
  await note(pipeline, (content) => ({ ...content, lastRun: ending }));
  const recovered = ending === 'success' && lastRun !== undefined && lastRun !== 'success';
  const events: NotifyEvent[] = recovered ? ['recovered', ending] : [ending];
  const signal = context.signal.aborted ? AbortSignal.timeout(afterStopMs) : context.signal;
  const text = (recovered ? recoveredText(pipeline) : undefined) ?? news.text;
  await deliver(surrounds, { events, news: { ...news, text }, signal });
};

interface Facts {
  readonly started: string;
  readonly ending: Ending;
  readonly report: BackupReport | undefined;
  readonly failure: BackupError | undefined;
  readonly short: string | undefined;
}

const sentences: Readonly<Record<Ending, string>> = {
  success: 'was backed up',
  partial: 'was backed up in part',
  failure: 'was not backed up',
};

const alarmOf = (report: BackupReport | undefined): string | undefined =>
  [...(report?.sources.flatMap(({ alarm }) => alarm ?? []) ?? []), ...(report?.standing ?? [])]
    .map(({ message }) => message)
    .join('; ') || undefined;

const newsOf = ({ pipeline }: Surrounds, { started, ending, report, failure, short }: Facts): RunNews => ({
  pipeline: pipeline.name,
  event: ending,
  host: pipeline.host.hostname,
  started,
  ended: pipeline.clock.now().toISOString(),
  text: [`${pipeline.name} ${sentences[ending]}`, failure?.message ?? alarmOf(report) ?? short]
    .filter(Boolean)
    .join(': '),
  snapshots: (report?.sources ?? []).flatMap(({ source, snapshot }) =>
    snapshot === undefined ? [] : [{ source, id: snapshot }],
  ),
  outcomes: (report?.outcomes ?? []).map(({ source, destination, status, error }) => ({
    source,
    destination,
    status,
    ...(error === undefined ? {} : { message: error.message }),
  })),
  ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
});

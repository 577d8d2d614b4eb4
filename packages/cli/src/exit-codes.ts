import type {
  BackupError,
  BackupReport,
  CheckResult,
  ErrorCode,
  HealResult,
  Outcome,
  SyncResult,
} from '@triplicate/core';

/** What the program ends with. Codes never change meaning. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  quorumMissed: 4,
  noRepository: 10,
  locked: 11,
  wrongPassword: 12,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** One line each for the help of the commands. */
export const exitCodeWords: Readonly<Record<ExitCode, string>> = {
  0: 'ok',
  1: 'failed',
  2: 'wrong usage or configuration',
  3: 'partial: some file could not be read, or some destination failed while the quorum held',
  4: 'the quorum was missed',
  10: 'no repository',
  11: 'locked by another program',
  12: 'wrong password',
  130: 'interrupted',
};

const byError: Partial<Readonly<Record<ErrorCode, ExitCode>>> = {
  USAGE: exitCodes.usage,
  CONFIG_INVALID: exitCodes.usage,
  PLUGIN_INVALID: exitCodes.usage,
  QUORUM_MISSED: exitCodes.quorumMissed,
  NO_REPOSITORY: exitCodes.noRepository,
  LOCKED: exitCodes.locked,
  WRONG_PASSWORD: exitCodes.wrongPassword,
  ABORTED: exitCodes.interrupted,
};

/** Of an error that ended a command. */
export const exitCodeOfError = ({ code }: Pick<BackupError, 'code'>): ExitCode => byError[code] ?? exitCodes.failed;

const isDown = ({ status }: Pick<Outcome, 'status'>): boolean => status === 'failed' || status === 'locked';

/**
 * Of a run. A source that could not be read fails the run; a quorum that was missed is 11 when locks alone took it, and 4 otherwise.
 * `behind` counts as partial only where the caller asked to wait for all (`waited`); `skipped` never does.
 */
export const exitCodeOfBackup = (
  report: BackupReport,
  quorum: number,
  { waited }: { readonly waited: boolean },
): ExitCode => {
  const { sources, outcomes, quorumHeld } = report;
  const own = sources.filter(({ error }) => error !== undefined && error.context['destination'] === undefined);
  if (own.some(({ error }) => error?.code === 'ABORTED')) return exitCodes.interrupted;
  if (own.length > 0) return exitCodes.failed;
  if (!quorumHeld) return lockCost(report, quorum) ? exitCodes.locked : exitCodes.quorumMissed;
  const unreadable = sources.some(({ captured }) => (captured?.unreadable.length ?? 0) > 0);
  const down = outcomes.some((outcome) => isDown(outcome) || (waited && outcome.status === 'behind'));
  const alarmed = sources.some(({ alarm }) => alarm !== undefined) || (report.standing ?? []).length > 0;
  return unreadable || down || alarmed ? exitCodes.partial : exitCodes.ok;
};

/** Whether every source would have met its quorum, had the locked destinations been free. */
const lockCost = ({ sources, outcomes }: BackupReport, quorum: number): boolean =>
  sources.every(({ source }) => {
    const own = outcomes.filter((outcome) => outcome.source === source);
    return own.filter(({ status }) => status === 'stored' || status === 'locked').length >= quorum;
  }) && outcomes.some(({ status }) => status === 'locked');

type Verdict = CheckResult | HealResult | SyncResult;

/**
 * Of a command that looks at destinations one by one: damage that is left is 1; one that has lost snapshots is partial; a destination that could not be looked at is partial as
 * long as another could, and decides alone otherwise.
 */
export const exitCodeOfResults = (results: readonly Verdict[]): ExitCode => {
  if (results.some(({ status }) => status === 'damaged')) return exitCodes.failed;
  const incomplete = results.some(
    (result) =>
      ('incomplete' in result && result.incomplete.length > 0) || ('lost' in result && result.lost.length > 0),
  );
  const down = results.filter(isDownResult);
  if (down.length === 0) return incomplete ? exitCodes.partial : exitCodes.ok;
  const [first] = down;
  if (down.length < results.length) return exitCodes.partial;
  return first?.error === undefined ? exitCodes.failed : exitCodeOfError(first.error);
};

const isDownResult = ({ status }: Verdict): boolean => status === 'failed' || status === 'locked';

/** Of a change that is made on each destination: partial as long as one took it. */
export const exitCodeOfOutcomes = (results: readonly { readonly error?: BackupError }[]): ExitCode => {
  const failed = results.filter(({ error }) => error !== undefined);
  const [first] = failed;
  if (!first?.error) return exitCodes.ok;
  return failed.length < results.length ? exitCodes.partial : exitCodeOfError(first.error);
};

/** Of what removes: a destination that is pending or cannot delete is told, and is no failure. */
export const exitCodeOfForget = (
  results: readonly { readonly status: string; readonly error?: BackupError }[],
): ExitCode => {
  const down = results.filter(isUndone);
  const [first] = down;
  if (first === undefined) return exitCodes.ok;
  if (down.length < results.length) return exitCodes.partial;
  return first.error === undefined ? exitCodes.failed : exitCodeOfError(first.error);
};

const isUndone = ({ status }: { readonly status: string }): boolean => status === 'failed' || status === 'locked';

/** Of a restore test, which is like a check: what does not restore is damage. */
export const exitCodeOfProof = (
  results: readonly { readonly status: string; readonly error?: BackupError }[],
): ExitCode =>
  results.some(({ status }) => status === 'disproven' || status === 'damaged')
    ? exitCodes.failed
    : exitCodeOfForget(results);

/**
 * A slow destination leaves packs to a faster one and copies them later. When that one goes away first, nobody has them: the source is read
 * once more, for those that are left.
 */
import { BackupError, isBackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { Outcome } from '../events.ts';
import type { BackupReport } from './backup.ts';
import type { Pipeline } from './pipeline.ts';
import { isQuorumHeld } from './quorum.ts';

/** Sources that were read and that no destination has, though one that goes on only lacks what nobody can bring it. */
const left = ({ sources, outcomes }: BackupReport): string[] =>
  sources
    .filter(({ source, snapshot }) => {
      const own = outcomes.filter((outcome) => outcome.source === source);
      const stored = own.some(({ status }) => status === 'stored');
      return snapshot !== undefined && !stored && own.some(({ status }) => status === 'behind');
    })
    .map(({ source }) => source);

/** The report with what became of sources that had to be read again by `read`; `report` itself when none had. */
export const readAgain = async <T extends { readonly report: BackupReport }>(
  pipeline: Pipeline,
  first: T,
  read: (sources: readonly string[]) => Promise<T>,
): Promise<T> => {
  const names = left(first.report);
  if (names.length === 0) return first;
  for (const source of names) pipeline.emit({ type: 'warning', source, error: whyAgain(first.report, source) });
  try {
    const second = await read(names);
    return { ...second, report: merged(pipeline, first.report, second.report) };
  } catch (error) {
    throwIfAborted(pipeline.signal);
    if (!isBackupError(error)) throw error;
    pipeline.emit({ type: 'warning', error: toBackupError(error) });
    return first;
  }
};

const listed = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(' and ');

const whyAgain = ({ outcomes }: BackupReport, source: string): BackupError => {
  const having = (status: string): string[] =>
    outcomes.filter((outcome) => outcome.source === source && outcome.status === status).map((o) => o.destination);
  return new BackupError(
    'UNAVAILABLE',
    `${listed(having('failed'))} went away with what ${listed(having('behind'))} had left to it: the source is read once more`,
  );
};

const merged = (pipeline: Pipeline, first: BackupReport, second: BackupReport): BackupReport => {
  const again = new Map(second.sources.map((report) => [report.source, report]));
  const sources = first.sources.map((report) => again.get(report.source) ?? report);
  const outcomes = [
    ...first.outcomes.filter(({ source }) => !again.has(source)),
    ...second.outcomes.map((outcome) =>
      outcome.status === 'skipped' ? (failedIn(first, outcome) ?? outcome) : outcome,
    ),
  ];
  return { ...first, sources, outcomes, quorumHeld: isQuorumHeld(pipeline, sources, outcomes) };
};

/** One that went away while it was written to has failed, although it was only absent afterwards. */
const failedIn = ({ outcomes }: BackupReport, { source, destination }: Outcome): Outcome | undefined =>
  outcomes.find((o) => o.source === source && o.destination === destination && o.status === 'failed');

import { toBackupError, type BackupReport, type EventSink } from '@triplicate/core';
import type { Surrounds } from '../around/around-run.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../program/command.ts';
import type { PublishedFolderResult } from './publish-run.ts';

/** After a run: the plain folders of the pipeline. Whatever goes wrong there is told, and the run is what it was. */
export const publishAfter = async (
  { context, setup, own }: Surrounds,
  report: BackupReport,
  emit: EventSink,
): Promise<readonly PublishedFolderResult[]> => {
  const snapshots = report.sources.flatMap(({ snapshot }) => (snapshot === undefined ? [] : [snapshot]));
  if (own.publish.length === 0 || snapshots.length === 0 || context.signal.aborted) return [];
  try {
    const { publishOf } = await import('./run-publish.ts');
    return await publishOf(context, { setup, own, sources: [], flags: {}, snapshots, emit });
  } catch (error) {
    const known = toBackupError(error);
    if (known.code !== 'ABORTED') context.output.warn(known);
    return [];
  }
};

/** Which plain folders are not what they should be, as a part of a sentence. A disk that is away is told, as for a destination that may be away, and spoils no run. */
export const shortfallOf = async (results: readonly PublishedFolderResult[]): Promise<string | undefined> => {
  if (results.length === 0) return undefined;
  const { isWhole } = await import('../render/publish.ts');
  const wanting = results.filter((result) => result.error?.code !== 'UNAVAILABLE' && !isWhole(result));
  return wanting.length === 0
    ? undefined
    : `not all was published to ${wanting.map(({ target }) => `"${target}"`).join(', ')}`;
};

export const tellPublished = async (
  { output }: CommandContext,
  results: readonly PublishedFolderResult[],
  code: ExitCode,
): Promise<void> => {
  if (results.length === 0) return;
  const { formatPublished, publishedLines } = await import('../render/publish.ts');
  for (const result of results) {
    if (result.error === undefined) await output.report(formatPublished(result, output.style), code);
    else output.warn(result.error, { source: result.source });
    for (const line of publishedLines(result)) await output.line(line);
  }
};

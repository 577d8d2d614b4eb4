/** Whether the previous snapshot has the extended attributes that would be seen now: another user, or another program, may have seen other ones. */
import { seesTrusted } from '../posix/sees-trusted.ts';
import { xattrsAvailable } from '../posix/xattr.ts';
import { nsFromTimestamp } from '../repository/timestamp.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import type { SourceReport } from './backup.ts';
import { note } from './note.ts';
import type { Pipeline } from './pipeline.ts';

/** When it began to read them, in nanoseconds since 1970; `undefined` when it was not made here as this user with the same rights, or without them. */
export const attributesReadAt = async (
  { state, host }: Pick<Pipeline, 'state' | 'host'>,
  source: string,
  previous: ListedSnapshot | undefined,
): Promise<bigint | undefined> => {
  if (previous === undefined || !xattrsAvailable()) return undefined;
  const known = (await state.read()).attributesRead[source];
  const sawSame = known?.uid === host.uid && known.trusted === seesTrusted();
  return sawSame && known.snapshot === previous.id ? nsFromTimestamp(previous.file.time) : undefined;
};

/** What was said of an attribute that could not be read has to be said, and tried, again: its ctime stays the same. */
const hasAll = ({ captured }: SourceReport): boolean =>
  captured?.unreadable.every(({ error }) => error.context['part'] === undefined) ?? false;

export const rememberAttributesRead = async (
  pipeline: Pick<Pipeline, 'state' | 'host' | 'emit' | 'signal'>,
  reports: readonly SourceReport[],
): Promise<void> => {
  if (!xattrsAvailable()) return;
  const seenBy = { uid: pipeline.host.uid, trusted: seesTrusted() };
  const read: Record<string, typeof seenBy & { readonly snapshot: string }> = {};
  for (const report of reports)
    if (report.snapshot !== undefined && hasAll(report)) read[report.source] = { snapshot: report.snapshot, ...seenBy };
  await note(pipeline, (content) => ({ ...content, attributesRead: { ...content.attributesRead, ...read } }));
};

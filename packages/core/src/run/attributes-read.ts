/** Whether the previous snapshot has the extended attributes that would be seen now: another user, or another program, may have seen other ones. */
import { xattrsAvailable } from '../posix/xattr.ts';
import { nsFromTimestamp } from '../repository/timestamp.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { note } from './note.ts';
import type { Pipeline } from './pipeline.ts';

/** When it began to read them, in nanoseconds since 1970; `undefined` when it was not made here as this user, or without them. */
export const attributesReadAt = async (
  { state, host }: Pick<Pipeline, 'state' | 'host'>,
  source: string,
  previous: ListedSnapshot | undefined,
): Promise<bigint | undefined> => {
  if (previous === undefined || !xattrsAvailable()) return undefined;
  const known = (await state.read()).attributesRead[source];
  return known?.snapshot === previous.id && known.uid === host.uid ? nsFromTimestamp(previous.file.time) : undefined;
};

export const rememberAttributesRead = async (
  pipeline: Pick<Pipeline, 'state' | 'host' | 'emit' | 'signal'>,
  latest: readonly { readonly source: string; readonly last: { readonly id: string } }[],
): Promise<void> => {
  if (!xattrsAvailable()) return;
  const { uid } = pipeline.host;
  const read = Object.fromEntries(latest.map(({ source, last }) => [source, { snapshot: last.id, uid }]));
  await note(pipeline, (content) => ({ ...content, attributesRead: { ...content.attributesRead, ...read } }));
};

/** The thread that opens blobs, and restores whole files where their sealed blobs stand in shared memory. */
import { farewell } from '../engine/end-worker.ts';
import { BlobOpener } from '../engine/blob-opener.ts';
import { BlobsInTurn } from '../engine/blobs-in-turn.ts';
import { openerOf } from '../engine/opener-of.ts';
import { type ShowRequest, ShownMemory } from '../engine/shown-memory.ts';
import { BackupError, toBackupError } from '../errors.ts';
import { threadPort } from '../thread/thread-port.ts';
import type { Node } from '../repository/node.ts';
import type { FileContent } from './content.ts';
import { restoreBatch } from './restore-batch.ts';
import type { BatchRequest, OpenRequest, RestoreReply, RestoreSetup } from './restore-pool.ts';

const port = threadPort<RestoreSetup>();
const { setup } = port;
const stopped = new Int32Array(setup.stopped);
const isStopped = (): boolean => Atomics.load(stopped, 0) !== 0;
const { key, codecs, opener } = await openerOf(setup);
const blobs = new BlobsInTurn(() => new BlobOpener(key, codecs));
const shown = new ShownMemory();

const open = ({ job, sealed, blob, target }: OpenRequest): RestoreReply => {
  try {
    return { job, size: opener.openInto(shown.view(sealed), blob, shown.view(target)) };
  } catch (error) {
    return { job, problem: toBackupError(error, 'CORRUPT').message };
  }
};

const repeated = (numbers: readonly number[]): ReadonlySet<number> => {
  const seen = new Set<number>();
  return new Set(numbers.filter((number) => seen.size === seen.add(number).size));
};

const restore = async ({ job, files, options, sealed, places }: BatchRequest): Promise<RestoreReply> => {
  const memory = shown.view(sealed);
  const ids: string[] = [];
  /** The blobs of all files stand one file behind the other in `places`. */
  const begins = new Map<Node, number>();
  for (const { node } of files) {
    begins.set(node, ids.length);
    ids.push(...(node.content ?? []));
  }
  /** What a blob stands at that is in several files, or several times in one. */
  const shared = repeated(ids.map((_, index) => places[index * 3] ?? 0));
  blobs.begin((index) => {
    const [id, offset, length] = [ids[index], places[index * 3], places[index * 3 + 1]];
    if (id === undefined || offset === undefined || length === undefined) return undefined;
    const sealed = memory.subarray(offset, offset + length);
    return { id, compressed: places[index * 3 + 2] !== 0, sealed, spent: !shared.has(offset) };
  });
  const blob = (node: Node, index: number): Uint8Array => {
    if (isStopped()) throw new BackupError('ABORTED', 'interrupted');
    return blobs.open((begins.get(node) ?? 0) + index);
  };
  const content: FileContent = {
    blob,
    async *open(node, { skip }) {
      for (const index of (node.content ?? []).keys()) if (!skip.has(index)) yield blob(node, index);
    },
  };
  return { job, report: await restoreBatch(files, { options, content, isStopped }) };
};

/** One request after the other: what was opened last stands in memory that the next one uses. */
let idle: Promise<void> = Promise.resolve();
const oneByOne = (answer: () => RestoreReply | Promise<RestoreReply>): void => {
  idle = idle.then(async () => port.postMessage(await answer()));
};

port.listen((request: OpenRequest | BatchRequest | ShowRequest | typeof farewell) => {
  if (request === farewell) void idle.finally(() => port.close());
  else if ('memory' in request) shown.add(request);
  else if ('blob' in request) oneByOne(() => open(request));
  else oneByOne(() => restore(request));
});

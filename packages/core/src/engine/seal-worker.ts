/**
 * The thread that does the hot work: it reads files (or takes streams), cuts, hashes, encodes, seals and packs. It answers each request
 * in order; packs and progress go out in between.
 */
import { toBackupError } from '../errors.ts';
import { threadPort } from '../thread/thread-port.ts';
import { BlobOpener } from './blob-opener.ts';
import { BlobSealer } from './blob-sealer.ts';
import { BlobTable } from './blob-table.ts';
import { compactResults, filesOf } from './compact-lists.ts';
import { ContentStream } from './content-stream.ts';
import { DeepLook } from './deep-look.ts';
import { farewell } from './end-worker.ts';
import { withFile } from './file-bytes.ts';
import { HeldTrees } from './held-trees.ts';
import { FolderLook } from './look-at-folder.ts';
import type {
  FileJob,
  FileResult,
  LookedFolder,
  Piece,
  Reply,
  Request,
  SealedContent,
  WorkerSetup,
} from './messages.ts';
import { PackPool } from './pack-pool.ts';
import { Packer, Stopped } from './packer.ts';
import { openChunker, openCodecs } from './transforms.ts';

/** How often progress is told, in bytes; a message costs microseconds. */
const tellEvery = 4 * 1024 * 1024;

const port = threadPort<WorkerSetup>();
const say = (reply: Reply): void => port.postMessage(reply);

const { setup } = port;
const key = {
  encrypt: Buffer.from(setup.masterKey.encrypt),
  macK: Buffer.from(setup.masterKey.macK),
  macR: Buffer.from(setup.masterKey.macR),
};
const table = new BlobTable(setup.table);
const packer = new Packer(key, new PackPool(setup.pool), table, (pack) => say({ did: 'pack', pack }));
const codecs = await openCodecs(setup);
const sealer = new BlobSealer(codecs, table, packer);

let untold = 0;
const progress = (bytes: number): void => {
  untold += bytes;
  if (untold < tellEvery) return;
  say({ did: 'progress', bytes: untold });
  untold = 0;
};

const newContent = async (): Promise<ContentStream> => new ContentStream(await openChunker(setup), sealer, progress);
const fileContent = await newContent();
const streams = new Map<number, ContentStream>();
const spare: ContentStream[] = [];

const sealFile = (file: FileJob): FileResult => {
  try {
    return withFile(file, (fill) => {
      for (;;) {
        const got = fill(fileContent.room());
        if (got === 0) return fileContent.finish();
        fileContent.wrote(got);
      }
    });
  } catch (error) {
    fileContent.reset();
    if (error instanceof Stopped) throw error;
    const { code, message } = toBackupError(error, 'UNREADABLE');
    return { failed: code, message };
  }
};

const rooms = new Map<number, SharedArrayBuffer>();
const bytesOf = ({ room, offset, length }: Piece): Uint8Array => {
  const memory = rooms.get(room);
  if (memory === undefined) throw new TypeError(`no shared memory ${room}`);
  return new Uint8Array(memory, offset, length);
};

const sealContents = (bytes: Uint8Array, sizes: readonly number[]): SealedContent[] => {
  let at = 0;
  return sizes.map((size) => {
    fileContent.push(bytes.subarray(at, at + size));
    at += size;
    return fileContent.finish();
  });
};

const trees = new HeldTrees(table, new BlobOpener(key, codecs));
let look: { readonly ruleset: number; readonly deep: DeepLook } | undefined;
const lookAt = async ({
  ruleset,
  rules,
  folders,
  pieces,
}: Extract<Request, { do: 'look' }>): Promise<(LookedFolder | undefined)[]> => {
  trees.add(pieces);
  if (look?.ruleset !== ruleset)
    look = { ruleset, deep: new DeepLook({ look: await FolderLook.open(table, rules), trees, table }) };
  return look.deep.all(folders);
};

const dropStream = (number: number): void => {
  const stream = streams.get(number);
  if (stream === undefined) return;
  stream.reset();
  streams.delete(number);
  spare.push(stream);
};

const answer = async (request: Request): Promise<void> => {
  if (request.do === 'room') return void rooms.set(request.room, request.memory);
  if (request.do === 'drop-stream') return dropStream(request.stream);
  const { job } = request;
  if (request.do === 'files')
    return say({ did: 'files', job, results: compactResults(filesOf(request.files).map(sealFile)) });
  if (request.do === 'tree') return say({ did: 'tree', job, newBytes: sealer.seal(request.json, 'tree').newBytes });
  if (request.do === 'look') return say({ did: 'look', job, looks: await lookAt(request) });
  if (request.do === 'flush') {
    say({ did: 'progress', bytes: untold });
    untold = 0;
    sealer.flush();
    return say({ did: 'flush', job });
  }
  if (request.do === 'contents')
    return say({
      did: 'contents',
      job,
      contents: compactResults(sealContents(bytesOf(request.piece), request.sizes)),
    });
  const stream = streams.get(request.stream) ?? spare.pop() ?? (await newContent());
  streams.set(request.stream, stream);
  stream.push(bytesOf(request.piece));
  if (!request.last) return say({ did: 'stream', job });
  const content = stream.finish();
  streams.delete(request.stream);
  spare.push(stream);
  say({ did: 'stream', job, content });
};

let turn: Promise<void> = Promise.resolve();
port.listen((request: Request | typeof farewell) => {
  if (request === farewell) return port.close();
  turn = turn
    .then(() => answer(request))
    .catch((error: unknown) => {
      if (error instanceof Stopped) return port.close();
      const { code, message } = toBackupError(error, 'CORRUPT');
      say({ did: 'failed', code, message });
    });
});

/** The thread that checks whole packs (hash, header and every blob) and opens single blobs. */
import { parentPort, workerData } from 'node:worker_threads';
import { farewell } from './end-worker.ts';
import { toBackupError } from '../errors.ts';
import type { OpenRequest, SharedView, ShowRequest, VerifyReply, VerifyRequest, VerifySetup } from './verify-pool.ts';
import { BlobOpener } from './blob-opener.ts';
import { openCodecs } from './transforms.ts';
import { verifyPack } from './verify-pack.ts';

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker');
const setup = workerData as VerifySetup;
const { encrypt, macK, macR } = setup.masterKey;
const key = { encrypt: Buffer.from(encrypt), macK: Buffer.from(macK), macR: Buffer.from(macR) };
const opener = new BlobOpener(key, await openCodecs(setup));

const memories = new Map<number, SharedArrayBuffer>();

const viewOf = ({ memory, offset, length }: SharedView): Uint8Array => {
  const bytes = memories.get(memory);
  if (bytes === undefined) throw new TypeError(`memory ${memory} was never shown`);
  return new Uint8Array(bytes, offset, length);
};

const answer = (request: VerifyRequest | OpenRequest): Omit<VerifyReply, 'job'> => {
  if ('id' in request) {
    const { id, bytes, indexed } = request;
    return { problems: verifyPack(id, bytes, { key, opener, ...(indexed ? { indexed } : {}) }) };
  }
  try {
    return { problems: [], size: opener.openInto(viewOf(request.sealed), request.blob, viewOf(request.target)) };
  } catch (error) {
    return { problems: [toBackupError(error, 'CORRUPT').message] };
  }
};

port.on('message', (request: VerifyRequest | OpenRequest | ShowRequest | typeof farewell) => {
  if (request === farewell) return port.close();
  if ('memory' in request) memories.set(request.memory, request.bytes);
  else port.postMessage({ job: request.job, ...answer(request) } satisfies VerifyReply);
});

/** The thread that checks whole packs (hash, header and every blob) and opens single blobs. */
import { parentPort, workerData } from 'node:worker_threads';
import { toBackupError } from '../errors.ts';
import type { OpenRequest, VerifyReply, VerifyRequest, VerifySetup } from './verify-pool.ts';
import { BlobOpener } from './blob-opener.ts';
import { openCodecs } from './transforms.ts';
import { verifyPack } from './verify-pack.ts';

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker');
const setup = workerData as VerifySetup;
const { encrypt, macK, macR } = setup.masterKey;
const key = { encrypt: Buffer.from(encrypt), macK: Buffer.from(macK), macR: Buffer.from(macR) };
const opener = new BlobOpener(key, await openCodecs(setup));

const answer = (request: VerifyRequest | OpenRequest): Omit<VerifyReply, 'job'> => {
  if ('id' in request) {
    const { id, bytes, indexed } = request;
    return { problems: verifyPack(id, bytes, { key, opener, ...(indexed ? { indexed } : {}) }) };
  }
  try {
    return { problems: [], size: opener.openInto(request.sealed, request.blob, request.target) };
  } catch (error) {
    return { problems: [toBackupError(error, 'CORRUPT').message] };
  }
};

port.on('message', (request: VerifyRequest | OpenRequest) =>
  port.postMessage({ job: request.job, ...answer(request) } satisfies VerifyReply),
);

/** The thread that checks whole packs: hash, header and every blob. */
import { parentPort, workerData } from 'node:worker_threads';
import type { VerifyReply, VerifyRequest, VerifySetup } from './verify-pool.ts';
import { openCodecs } from './transforms.ts';
import { verifyPack } from './verify-pack.ts';

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker');
const setup = workerData as VerifySetup;
const { encrypt, macK, macR } = setup.masterKey;
const key = { encrypt: Buffer.from(encrypt), macK: Buffer.from(macK), macR: Buffer.from(macR) };
const codecs = await openCodecs(setup);

port.on('message', ({ job, id, bytes, indexed }: VerifyRequest) => {
  const problems = verifyPack(id, bytes, { key, codecs, ...(indexed ? { indexed } : {}) });
  port.postMessage({ job, problems } satisfies VerifyReply);
});

/** The thread that checks whole packs: hash, header and every blob. */
import { parentPort, workerData } from 'node:worker_threads';
import { farewell } from './end-worker.ts';
import { openerOf } from './opener-of.ts';
import { verifyPack } from './verify-pack.ts';
import type { VerifyReply, VerifyRequest, VerifySetup } from './verify-pool.ts';

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker');
const { key, opener } = await openerOf(workerData as VerifySetup);

port.on('message', (request: VerifyRequest | typeof farewell) => {
  if (request === farewell) return port.close();
  const { job, id, bytes, indexed } = request;
  const problems = verifyPack(id, bytes, { key, opener, ...(indexed ? { indexed } : {}) });
  port.postMessage({ job, problems } satisfies VerifyReply);
});

/** The thread that checks whole packs: hash, header and every blob. */
import { PlainHashPair } from '../posix/hash-pair.ts';
import { nativeHashPair } from '../posix/native-hash-pair.ts';
import { threadPort } from '../thread/thread-port.ts';
import { farewell } from './end-worker.ts';
import { openerOf } from './opener-of.ts';
import { verifyPack } from './verify-pack.ts';
import type { VerifyReply, VerifyRequest, VerifySetup } from './verify-pool.ts';

const port = threadPort<VerifySetup>();
const { key, opener } = await openerOf(port.setup);
const hashes = nativeHashPair() ?? new PlainHashPair();

port.listen((request: VerifyRequest | typeof farewell) => {
  if (request === farewell) return port.close();
  const { job, id, bytes, indexed } = request;
  const problems = verifyPack(id, bytes, { key, opener, hashes, ...(indexed ? { indexed } : {}) });
  port.postMessage({ job, problems } satisfies VerifyReply);
});

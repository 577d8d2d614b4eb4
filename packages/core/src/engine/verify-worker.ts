/** The thread that checks whole packs. */
import { threadPort } from '../thread/thread-port.ts';
import { farewell } from './end-worker.ts';
import { packVerifier } from './pack-verifier.ts';
import type { VerifyReply, VerifyRequest, VerifySetup } from './verify-pool.ts';

const port = threadPort<VerifySetup>();
const verify = await packVerifier(port.setup);

port.listen((request: VerifyRequest | typeof farewell) => {
  if (request === farewell) return port.close();
  const { job, id, bytes, indexed } = request;
  port.postMessage({ job, problems: verify(id, bytes, indexed) } satisfies VerifyReply);
});

/** The work of a thread that says what it was told. */
import { threadPort } from '../../src/thread/thread-port.ts';

const port = threadPort<string>();
await new Promise((resolve) => setTimeout(resolve, 20));
port.listen((message: { readonly n: number }) => {
  port.postMessage({ setup: port.setup, n: message.n });
});

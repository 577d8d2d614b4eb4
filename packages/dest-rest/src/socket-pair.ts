import { once, on } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * Both ends of one connection within this process, over loopback. The port is open only while they meet, and nobody else is let in: the
 * other end is known by the port that our own end has, which no other socket can have at the same time.
 */
export const socketPair = async (): Promise<readonly [Socket, Socket]> => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connections = on(server, 'connection');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  try {
    await once(near, 'connect');
    for await (const [far] of connections as AsyncIterable<[Socket]>) {
      if (far.remotePort === near.localPort) return [near.setNoDelay(), far.setNoDelay()];
      far.destroy();
    }
    throw new Error('the server of a socket pair ended');
  } catch (error) {
    near.destroy();
    throw error;
  } finally {
    server.close();
  }
};

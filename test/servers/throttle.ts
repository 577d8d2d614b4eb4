/** Stands between a client and a server on loopback, and lets so much through from the client and no more, all connections together. */
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface Throttle extends AsyncDisposable {
  readonly port: number;
  /** From the client so far. */
  readonly bytes: () => number;
}

/** What is let through at once. */
const burstMs = 50;

export const startThrottle = async (port: number, bytesPerSecond: number): Promise<Throttle> => {
  const sockets = new Set<Socket>();
  let [bytes, free] = [0, 0];
  const take = async (count: number): Promise<void> => {
    bytes += count;
    const now = performance.now();
    free = Math.max(free, now - burstMs) + (count * 1000) / bytesPerSecond;
    if (free - now >= 1) await pause(free - now);
  };
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        (socket === client ? upstream : client).destroy();
      });
    }
    upstream.pipe(client);
    client.on('data', (piece: Buffer) => {
      client.pause();
      void take(piece.length).then(() => {
        if (upstream.write(piece)) client.resume();
        else upstream.once('drain', () => client.resume());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    bytes: () => bytes,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

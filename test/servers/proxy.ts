/** Stands between a client and a server on loopback, and lets connections go wrong as it is told to. Knows nothing of what is spoken. */
import { connect, createServer, type Socket } from 'node:net';

/** What happens to one connection. */
export interface ConnectionFault {
  /** Both ends are reset after so many bytes from the client to the server. */
  readonly cutUpAfter?: number;
  /** … from the server to the client. */
  readonly cutDownAfter?: number;
  /** Nothing passes after so many bytes from the server, and nobody is told. */
  readonly hangDownAfter?: number;
  /** Each piece, in both directions, comes so much later. */
  readonly delayMs?: number;
}

export interface ProxyOptions {
  /** Where the server listens, on loopback. */
  readonly port: number;
  /** For each connection, counted from 1; `undefined` leaves it alone. May be replaced on the running proxy. */
  readonly plan?: (connection: number) => ConnectionFault | undefined;
}

export interface Proxy extends AsyncDisposable {
  readonly port: number;
  readonly connections: () => number;
  /** How many of them were cut. */
  readonly cuts: () => number;
  setPlan(plan: NonNullable<ProxyOptions['plan']>): void;
}

export const startProxy = async (options: ProxyOptions): Promise<Proxy> => {
  let plan = options.plan ?? (() => undefined);
  let connections = 0;
  let cuts = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    connections += 1;
    const fault = plan(connections) ?? {};
    const upstream = connect(options.port, '127.0.0.1');
    const cut = (): void => {
      cuts += 1;
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        (socket === client ? upstream : client).destroy();
      });
    }
    pass(client, upstream, { after: fault.cutUpAfter, delayMs: fault.delayMs, reached: cut });
    pass(upstream, client, {
      after: fault.cutDownAfter ?? fault.hangDownAfter,
      delayMs: fault.delayMs,
      reached: fault.cutDownAfter === undefined ? () => upstream.pause() : cut,
    });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => resolve());
  await promise;
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => connections,
    cuts: () => cuts,
    setPlan: (next) => (plan = next),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
};

interface PassOptions {
  readonly after: number | undefined;
  readonly delayMs: number | undefined;
  readonly reached: () => void;
}

const pass = (from: Socket, to: Socket, { after = Infinity, delayMs, reached }: PassOptions): void => {
  let passed = 0;
  from.on('data', (piece: Buffer) => {
    const left = after - passed;
    passed += piece.byteLength;
    const send = (): void => {
      if (to.destroyed) return;
      if (!to.write(piece.subarray(0, Math.max(0, left)))) {
        from.pause();
        to.once('drain', () => from.resume());
      }
      if (piece.byteLength >= left) reached();
    };
    if (delayMs === undefined) send();
    else setTimeout(send, delayMs);
  });
  from.on('end', () => (delayMs === undefined ? to.end() : setTimeout(() => to.end(), delayMs)));
};

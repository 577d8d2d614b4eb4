/** Stands before an HTTP server on loopback, and answers some requests as a service does on a bad day. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as send,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Transform } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

export interface Weather {
  /** The request does not reach the server, or its answer does not come back (`afterEffect`). */
  readonly answer?: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly afterEffect?: boolean;
  /** The bit at this byte of the content of the answer is turned. */
  readonly spoil?: number;
  /** The bit at this byte of the content of the request is turned. */
  readonly spoilRequest?: number;
  /** The connection is cut after so many bytes of the content of the answer. */
  readonly cutAfter?: number;
  /** The request comes without this header, as through a proxy that does not pass it on. */
  readonly without?: string;
  /** The request comes so much later to wherever it comes. */
  readonly delayMs?: number;
}

export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Counted from 1. */
  readonly number: number;
  readonly headers: IncomingHttpHeaders;
  /** Of the answer so far, with its head. */
  readonly bytes: () => number;
}

export type Forecast = (request: SeenRequest) => Weather | undefined;

export interface WeatherStation extends AsyncDisposable {
  readonly port: number;
  readonly requests: readonly SeenRequest[];
  /** How many requests met bad weather. */
  readonly hits: () => number;
  setForecast(forecast: Forecast): void;
}

export const startWeather = async (port: number, first: Forecast = () => undefined): Promise<WeatherStation> => {
  let forecast = first;
  let hits = 0;
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const { headers, method = '', url: path = '' } = request;
    let bytes = (): number => 0;
    const seen = { method, path, headers, number: requests.length + 1, bytes: () => bytes() };
    requests.push(seen);
    const weather = forecast(seen);
    if (weather !== undefined && Object.keys(weather).some((what) => what !== 'delayMs')) hits += 1;
    serve(port, { request, response, counts: (count) => (bytes = count) }, weather ?? {}).catch(() =>
      response.destroy(),
    );
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => resolve());
  await promise;
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    requests,
    hits: () => hits,
    setForecast: (next) => (forecast = next),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Is given what tells how many bytes have come back. */
  readonly counts: (bytes: () => number) => void;
}

const serve = async (port: number, { request, response, counts }: Exchange, weather: Weather): Promise<void> => {
  const { afterEffect = false, answer, delayMs } = weather;
  if (delayMs !== undefined) await pause(delayMs);
  if (answer !== undefined && !afterEffect) {
    for await (const _ of request);
    return void response.writeHead(answer.status, answer.headers).end(answer.body);
  }
  const upstream = await forward(port, request, weather);
  const { socket } = upstream;
  counts(() => socket.bytesRead);
  if (answer !== undefined) {
    for await (const _ of upstream);
    return void response.writeHead(answer.status, answer.headers).end(answer.body);
  }
  response.writeHead(upstream.statusCode ?? 502, upstream.rawHeaders);
  await pipeline(
    upstream,
    spoiling(weather, () => request.socket.destroy()),
    response,
  );
};

/** The request as it came: its signature covers the name of the host. */
const forward = async (
  port: number,
  request: IncomingMessage,
  { spoilRequest: spoil = -1, without = '' }: Weather,
): Promise<IncomingMessage> => {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== without));
  const upstream = send(
    { host: '127.0.0.1', port, method: request.method, path: request.url, headers, agent: false },
    resolve,
  );
  upstream.once('error', reject);
  await pipeline(
    request,
    spoiling({ spoil }, () => undefined),
    upstream,
  );
  return promise;
};

const spoiling = ({ cutAfter = Infinity, spoil = -1 }: Weather, cut: () => void): Transform => {
  let passed = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      const at = spoil - passed;
      if (at >= 0 && at < piece.byteLength) piece[at] = (piece[at] ?? 0) ^ 1;
      const left = cutAfter - passed;
      passed += piece.byteLength;
      this.push(piece.subarray(0, Math.max(0, left)));
      if (piece.byteLength >= left) setTimeout(cut, 20);
      done();
    },
  });
};

/** The same requests out of a hundred each time: a storm that can be repeated. */
export const everyFifth =
  (answers: readonly NonNullable<Weather['answer']>[]): Forecast =>
  ({ number }) => {
    if (number % 5 !== 0) return undefined;
    const answer = answers[(number / 5) % answers.length];
    // Every other time the server has done what it was told, and only its answer is lost.
    return answer && { answer, afterEffect: number % 10 === 0 };
  };

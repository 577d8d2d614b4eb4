/** Where the daemon stands, over HTTP on this machine alone: a token is asked for, and no page of a browser gets through. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { timingSafeEqual } from 'node:crypto';

export interface JobHealth {
  readonly pipeline: string;
  readonly running: boolean;
  readonly next?: string;
  readonly lastBegan?: string;
  readonly lastEnded?: string;
  readonly lastFailed?: boolean;
}

export interface HealthServer extends AsyncDisposable {
  readonly port: number;
}

export const serveHealth = async (
  { port, token }: { readonly port: number; readonly token: string },
  jobs: () => readonly JobHealth[],
): Promise<HealthServer> => {
  const server = createServer((request, response) => {
    const refusal = whyNot(request, token, (server.address() as AddressInfo | null)?.port ?? 0);
    if (refusal !== undefined) return void response.writeHead(refusal).end();
    const failed = jobs().some(({ lastFailed }) => lastFailed === true);
    if (request.url === '/health') {
      response.writeHead(failed ? 503 : 200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      return void response.end(`${JSON.stringify({ status: failed ? 'failing' : 'ok', jobs: jobs() })}\n`);
    }
    if (request.url === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      return void response.end(metricsOf(jobs()));
    }
    response.writeHead(404).end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** A page of another site can make a browser ask; it cannot forge the host, nor know the token. */
const whyNot = (request: IncomingMessage, token: string, port: number): number | undefined => {
  if (request.method !== 'GET') return 405;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(request.headers.host ?? '') || request.headers.origin !== undefined) return 403;
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted) ? undefined : 401;
};

/** In the text format of Prometheus. Names of pipelines need no escaping. */
export const metricsOf = (jobs: readonly JobHealth[]): string => {
  const lines = [
    '# HELP triplicate_last_run_timestamp_seconds When the last run of a pipeline ended.',
    '# TYPE triplicate_last_run_timestamp_seconds gauge',
    ...jobs.flatMap(({ pipeline, lastEnded }) =>
      lastEnded === undefined
        ? []
        : [`triplicate_last_run_timestamp_seconds{pipeline="${pipeline}"} ${Date.parse(lastEnded) / 1000}`],
    ),
    '# HELP triplicate_last_run_failed Whether the last run of a pipeline failed.',
    '# TYPE triplicate_last_run_failed gauge',
    ...jobs.map(
      ({ pipeline, lastFailed }) => `triplicate_last_run_failed{pipeline="${pipeline}"} ${lastFailed === true ? 1 : 0}`,
    ),
    '# HELP triplicate_running Whether a pipeline is running.',
    '# TYPE triplicate_running gauge',
    ...jobs.map(({ pipeline, running }) => `triplicate_running{pipeline="${pipeline}"} ${running ? 1 : 0}`),
  ];
  return `${lines.join('\n')}\n`;
};

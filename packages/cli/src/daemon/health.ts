/** Where the daemon stands, over HTTP on this machine alone: a token is asked for, and no page of a browser gets through. */
import { BackupError, toBackupError } from '@triplicate/core';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { timingSafeEqual } from 'node:crypto';
import { expose, type Gauge, type Sample } from '../metrics/exposition.ts';
import { standingGauges, type Standing } from '../metrics/standing.ts';

export interface JobHealth {
  readonly pipeline: string;
  readonly running: boolean;
  readonly next?: string;
  readonly lastBegan?: string;
  readonly lastEnded?: string;
  readonly lastFailed?: boolean;
}

/** What is served; asked for at each request. */
export interface HealthFacts {
  readonly jobs: () => readonly JobHealth[];
  readonly standings: () => readonly Standing[];
}

export interface HealthServer extends AsyncDisposable {
  readonly port: number;
}

export const serveHealth = async (
  { port, token }: { readonly port: number; readonly token: string },
  { jobs, standings }: HealthFacts,
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
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      return void response.end(expose([...jobGauges(jobs()), ...standingGauges(standings())]));
    }
    response.writeHead(404).end();
  });
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw whyNoPort(cause, port);
  }
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const whyNoPort = (cause: unknown, port: number): BackupError => {
  const { code } = cause as NodeJS.ErrnoException;
  const what = `--health cannot listen on 127.0.0.1:${port}`;
  if (code === 'EADDRINUSE')
    return new BackupError('ALREADY_EXISTS', `${what}: another program has that port`, {
      hint: 'give another port, or end the program that has this one; `--health 0` takes any that is free, and tells which',
      cause,
    });
  if (code === 'EACCES')
    return new BackupError('AUTH', `${what}: this user may not have that port`, {
      hint: 'give a port from 1024 on',
      cause,
    });
  return toBackupError(cause, 'IO', what);
};

/** A page of another site can make a browser ask; it cannot forge the host, nor know the token. */
const whyNot = (request: IncomingMessage, token: string, port: number): number | undefined => {
  if (request.method !== 'GET' && request.method !== 'HEAD') return 405;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(request.headers.host ?? '') || request.headers.origin !== undefined) return 403;
  // The name of the scheme may be written in any case (RFC 9110 §11.1).
  const given = Buffer.from(/^bearer +(.*)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '');
  const wanted = Buffer.from(token);
  return given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted) ? undefined : 401;
};

/** What the daemon itself knows: whether a round runs, and how the last one ended. */
export const jobGauges = (jobs: readonly JobHealth[]): Gauge[] => {
  const of = (value: (job: JobHealth) => Sample['value']): Sample[] =>
    jobs.map((job) => ({ labels: { pipeline: job.pipeline }, value: value(job) }));
  const at = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));
  const last = 'of a pipeline';
  return [
    {
      name: 'triplicate_last_run_timestamp_seconds',
      help: `When the last round ${last} ended.`,
      samples: of(({ lastEnded }) => at(lastEnded)),
    },
    {
      name: 'triplicate_last_run_failed',
      help: `Whether the last round ${last} failed.`,
      samples: of(({ lastFailed }) => lastFailed === true),
    },
    {
      name: 'triplicate_next_run_timestamp_seconds',
      help: `When the next round ${last} is due.`,
      samples: of(({ next }) => at(next)),
    },
    { name: 'triplicate_running', help: `Whether a round ${last} runs.`, samples: of(({ running }) => running) },
  ];
};

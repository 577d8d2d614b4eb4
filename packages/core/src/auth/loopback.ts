import type * as Http from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { abortable } from '../destination/abortable.ts';
import { BackupError } from '../errors.ts';
import { pageHeaders, renderPage } from './page.ts';
import type { Redirect } from './provider.ts';

export interface Loopback extends AsyncDisposable {
  /** What the provider is told to send the browser back to. */
  readonly redirectUri: string;
  /** The answer that the browser brings; the page then says whether `work` succeeded with it. */
  receive<T>(work: (answer: URLSearchParams) => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface LoopbackOptions {
  readonly redirect: Redirect;
  /** An answer without it is not ours and is turned away. */
  readonly state: string;
  /** Of the provider, for the page. */
  readonly name: string;
}

/** Listens on 127.0.0.1 alone, for one answer (https://www.rfc-editor.org/rfc/rfc8252#section-7.3). */
export const openLoopback = async ({ name, redirect, state }: LoopbackOptions): Promise<Loopback> => {
  // An `import` at the top would load the whole of fetch with it, at every start of the program.
  const { createServer } = createRequire(import.meta.url)('node:http') as typeof Http;
  const server = createServer();
  const port = await listen(server, redirect.port ?? 0);
  const host = `${redirect.host}:${port}`;
  return {
    redirectUri: `http://${host}${redirect.path}`,
    async receive(work, signal) {
      const arrived = Promise.withResolvers<Arrival>();
      let taken = false;
      server.on('request', (request, response) => {
        const answer = answerOf(request, { host, path: redirect.path });
        const refused =
          answer === undefined ? nothing : answer.get('state') !== state ? stranger : taken ? late : undefined;
        if (answer === undefined || refused !== undefined) return void show(response, ...(refused ?? nothing));
        taken = true;
        arrived.resolve({ answer, response });
      });
      const { answer, response } = await abortable(arrived.promise, signal);
      try {
        const result = await work(answer);
        await show(response, 200, `Triplicate is signed in to ${name}. You can close this page.`);
        return result;
      } catch (error) {
        const why = error instanceof BackupError ? error.message : 'something went wrong';
        await show(response, 400, `It did not work: ${why}. The terminal says more.`);
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      // A page that is still on its way gets there; a browser that holds a connection open for later does not hold us.
      const timer = setTimeout(() => server.closeAllConnections(), 500);
      await closed;
      clearTimeout(timer);
    },
  };
};

type Refusal = readonly [status: number, text: string];
const nothing: Refusal = [404, 'Nothing is here.'];
const stranger: Refusal = [400, 'This is not the answer to the question that was asked.'];
const late: Refusal = [410, 'An answer came already. You can close this page.'];

interface Arrival {
  readonly answer: URLSearchParams;
  readonly response: ServerResponse;
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message;
      const hint = 'End that program, or sign in with `--method paste`.';
      reject(new BackupError('UNAVAILABLE', `cannot wait for the browser on port ${port}: ${why}`, { hint, cause }));
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

/** A page of another name that was led to this port (DNS rebinding) does not come this far. */
const answerOf = (
  { headers, method, url = '' }: IncomingMessage,
  { host, path }: { readonly host: string; readonly path: string },
): URLSearchParams | undefined => {
  if (method !== 'GET' || headers.host !== host || !URL.canParse(url, `http://${host}`)) return undefined;
  const { pathname, searchParams } = new URL(url, `http://${host}`);
  return pathname === path ? searchParams : undefined;
};

const show = (response: ServerResponse, status: number, text: string): Promise<void> =>
  new Promise((resolve) => {
    response.once('close', resolve);
    response.writeHead(status, pageHeaders);
    response.end(renderPage(text), () => resolve());
  });

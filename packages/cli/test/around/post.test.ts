import { systemClock } from '@triplicate/core';
import { hastyClock } from '@triplicate/core/testing';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { postUntilTaken } from '../../src/around/post.ts';

interface Taken {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly body: string;
  readonly token: IncomingHttpHeaders['authorization'];
}

let server: Server;
let taken: Taken[];

beforeEach(async () => {
  taken = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method, url, headers } = request;
      taken.push({ method, url, body, token: headers.authorization });
      const [, status = '200', where] = /^\/(\d+)\/(.*)$/.exec(url ?? '') ?? [];
      const to = where === 'circle' ? url : where === 'other' ? `http://localhost:${port()}/new` : '/new';
      response.writeHead(Number(status), where === undefined ? {} : { location: to }).end('a page');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => void server.close());

const port = (): number => (server.address() as AddressInfo).port;

const post = (path: string): Promise<void> =>
  postUntilTaken(
    'webhook',
    { url: `http://127.0.0.1:${port()}${path}`, headers: { authorization: 'Bearer token' }, body: 'the news' },
    { clock: systemClock, signal: new AbortController().signal },
  );

it('news for a port where nothing is ever sent were not told, and may be told later', async () => {
  const { signal } = new AbortController();
  const told = postUntilTaken(
    'webhook',
    { url: 'http://127.0.0.1:6000/', headers: {}, body: 'the news' },
    { clock: hastyClock(systemClock), signal },
  );
  await expect(told).rejects.toThrow('the webhook was not told: bad port');
});

describe('news for a server that has moved', () => {
  it.each([301, 302, 307, 308])('arrive there whole after a %i', async (status) => {
    await post(`/${status}/`);
    expect(taken.at(-1)).toEqual({ method: 'POST', url: '/new', body: 'the news', token: 'Bearer token' });
    expect(taken).toHaveLength(2);
  });

  it('were taken where the answer stands elsewhere (303)', async () => {
    await post('/303/');
    expect(taken).toHaveLength(1);
  });

  it('take no token to another server', async () => {
    await post('/308/other');
    expect(taken.at(-1)).toMatchObject({ url: '/new', body: 'the news', token: undefined });
  });

  it('were not told where it leads round in a circle', async () => {
    await expect(post('/302/circle')).rejects.toThrow('the webhook was not told: it answered 302: it is elsewhere');
    expect(taken).toHaveLength(6);
  });
});

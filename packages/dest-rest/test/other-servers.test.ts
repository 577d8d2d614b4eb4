import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { bodyOf } from '@triplicate/core';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noRclone, startRclone } from '../../../test/servers/rclone.ts';
import { openWith, signal } from './kit.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const page = (response: ServerResponse): void => {
  const html = '<!doctype html><title>Welcome</title>';
  response.writeHead(200, { 'content-type': 'text/html', 'content-length': html.length }).end(html);
};
/** A web site with nothing in it but its first page. */
const site: Answer = ({ method, url }, response) => {
  if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405).end();
  return url === '/' ? page(response) : void response.writeHead(404).end();
};

const withServer = async (answer: Answer, work: (url: string) => Promise<void>): Promise<void> => {
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as { readonly port: number }).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

const open = (url: string) => openWith({ url }, { folder: folder.path });
const noRest = (what: string) => ({
  code: 'CONFIG_INVALID',
  message: expect.stringContaining(`this is no REST server: ${what}`) as string,
  hint: expect.any(String) as string,
});

describe('an address where no REST server is', () => {
  it.each<[string, Answer, string]>([
    ['a page for whatever is asked', (_, response) => page(response), 'it answers with a web page'],
    ['a web site', site, 'it answers with a web page'],
    ['nothing for whatever is asked', (_, response) => void response.writeHead(200).end(), 'it tells no size'],
    [
      'an object in JSON for whatever is asked',
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 }).end('{}'),
      'it gives no listing',
    ],
  ])('is told when it is opened: %s', (_, answer, what) =>
    withServer(answer, (url) => expect(open(url)).rejects.toMatchObject(noRest(what))),
  );

  it.skipIf(noRclone !== undefined)(
    `is told when it is opened: a WebDAV server${noRclone ? ` (skipped: ${noRclone})` : ''}`,
    async () => {
      await using server = await startRclone('webdav', { folder: folder.path });
      const opening = open(`http://127.0.0.1:${server.port}/`);
      await expect(opening).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/no REST server/) as string,
      });
    },
  );

  it.each<[string, Answer, string]>([
    ['which makes no repository', (_, response) => void response.writeHead(404).end(), 'it makes no repositories'],
    [
      'which knows no POST',
      ({ method }, response) => void response.writeHead(method === 'POST' ? 501 : 404).end(),
      'it makes no repositories',
    ],
    [
      'which takes everything and keeps nothing',
      ({ method }, response) => void response.writeHead(method === 'POST' ? 200 : 404).end(),
      'it took an object and does not have it',
    ],
  ])('is told at the first write at the latest: a server %s', (_, answer, what) =>
    withServer(answer, async (url) => {
      await using destination = await open(url);
      const content = Buffer.from('key');
      const write = destination.put(`keys/${hash('sha256', content)}`, bodyOf(content), { signal });
      await expect(write).rejects.toMatchObject(noRest(what));
    }),
  );
});

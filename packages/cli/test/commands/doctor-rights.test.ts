import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCli, type Cli } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';

let cli: Cli;
let server: Server;
let allowed = new Set<string>();
let isFull = false;
let isTooLarge = false;
const objects = new Map<string, Buffer>();

/** Speaks as much of the REST protocol as rclone does: any name, and listings of a folder with all that is below. */
beforeAll(async () => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path = '' } = request;
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    response.setHeader('server', 'rclone/v1');
    if (!allowed.has(method)) return void response.writeHead(403).end();
    if (method === 'POST' && isTooLarge && !path.includes('?')) return void response.writeHead(413).end();
    if (method === 'POST' && isFull && !path.includes('?')) return void response.writeHead(507).end();
    if (method === 'POST') {
      if (!path.includes('?')) objects.set(path, body);
      return void response.end();
    }
    if (method === 'GET' && path.endsWith('/')) {
      const found = [...objects].filter(([key]) => key.startsWith(path));
      return void response.end(
        JSON.stringify(found.map(([key, { byteLength }]) => ({ name: key.slice(path.length), size: byteLength }))),
      );
    }
    const content = objects.get(path);
    if (content === undefined) return void response.writeHead(404).end();
    if (method === 'DELETE') objects.delete(path);
    response.setHeader('content-length', method === 'DELETE' ? 0 : content.byteLength);
    response.end(method === 'GET' ? content : undefined);
  };
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cli = await createCli();
  await writeFile(join(cli.folder, 'a.txt'), 'a');
  await cli.type(['init', '--source', 'a.txt', '--to', 'disk']);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await cli[Symbol.asyncDispose]();
});

const writeConfig = async (): Promise<void> => {
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;
  const text = `version: 1
pipelines:
  main:
    sources: { docs: { type: files, paths: [a.txt] } }
    encrypt: { password: { env: PASSWORD } }
    destinations: { box: { type: rest, url: '${url}' } }
`;
  await writeFile(join(cli.folder, 'triplicate.yaml'), text);
};

describe('doctor, where something is not allowed', () => {
  it.each([
    ['writing', ['GET', 'HEAD', 'DELETE']],
    ['deleting', ['GET', 'HEAD', 'POST']],
    ['listing and reading', ['HEAD', 'POST', 'DELETE']],
  ])('says so once of %s, with what mends it, and blames no plugin', async (_, verbs) => {
    await writeConfig();
    allowed = new Set(verbs);
    const { code, lines, out } = await cli.type(['doctor', 'box', '--json'], { env: { PASSWORD: 'p' } });
    expectDocumented(lines);
    const failed = lines.filter(({ status, subject }) => status === 'failed' && subject === 'proof of box');
    expect(failed).toMatchObject([
      {
        message: expect.stringContaining('the server does not allow this') as string,
        hint: expect.stringMatching(/^Use the folder of this user/) as string,
      },
    ]);
    expect(out).not.toContain('fault of the plugin');
    expect(code).toBe(1);
  });

  it('says once why nothing at all can be stored, with what mends it, and blames no plugin', async () => {
    await writeConfig();
    allowed = new Set(['GET', 'HEAD', 'POST', 'DELETE']);
    isTooLarge = true;
    const { lines } = await cli.type(['doctor', 'box', '--json'], { env: { PASSWORD: 'p' } });
    isTooLarge = false;
    const failed = lines.filter(({ status, subject }) => status === 'failed' && subject === 'proof of box');
    expect(failed).toMatchObject([
      {
        name: 'stores an object',
        message: expect.stringContaining('takes no object of this size') as string,
        hint: expect.any(String) as string,
      },
    ]);
  });

  it('says so once of a place that is full', async () => {
    await writeConfig();
    allowed = new Set(['GET', 'HEAD', 'POST', 'DELETE']);
    isFull = true;
    const { code, lines } = await cli.type(['doctor', 'box', '--json'], { env: { PASSWORD: 'p' } });
    isFull = false;
    const failed = lines.filter(({ status, subject }) => status === 'failed' && subject === 'proof of box');
    expect(failed).toMatchObject([{ name: 'has room', hint: expect.stringMatching(/triplicate forget/) as string }]);
    expect(code).toBe(1);
  });
});

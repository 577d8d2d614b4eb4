import { createServer, type Server } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@triplicate/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Waiting } from '../../src/doctor/tell-waiting.ts';
import { createCli, type Cli } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';

let cli: Cli;
let server: Server;
let fails: (path: string, method: string) => boolean;
let skippedMs = 0;

/** All waits are over at once, and counted. */
const skipping: Clock = {
  now: () => new Date(Date.now() + skippedMs),
  sleep: (until) => {
    skippedMs = Math.max(skippedMs, until.getTime() - Date.now());
    return Promise.resolve();
  },
};

/** A REST server that has nothing, keeps nothing, and now and then says that it cannot. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    response.setHeader('server', 'rclone/v1');
    request.resume();
    if (fails(url, method)) return void response.writeHead(503).end();
    if (method === 'GET' && url.endsWith('/')) return void response.end('[]');
    response.writeHead(method === 'POST' ? 200 : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cli = await createCli();
  await writeFile(join(cli.folder, 'a.txt'), 'a');
  const { port } = server.address() as { readonly port: number };
  const text = `version: 1
pipelines:
  main:
    sources: { docs: { type: files, paths: [a.txt] } }
    encrypt: { password: { env: PASSWORD } }
    destinations: { box: { type: rest, url: 'http://127.0.0.1:${port}/' } }
`;
  await writeFile(join(cli.folder, 'triplicate.yaml'), text);
});
beforeEach(() => (skippedMs = 0));
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await cli[Symbol.asyncDispose]();
});

describe('doctor, where a place keeps failing', () => {
  it.each([
    ['at its listings', 'proof of box', (path: string) => path.includes('triplicate')],
    ['at each write', 'proof of box', (_: string, method: string) => method === 'POST'],
    ['at everything', 'destination main.box', (path: string) => path.endsWith('config')],
  ])('%s, says so after a minute or two', async (_, subject, failing) => {
    fails = failing;
    const { code, lines } = await cli.type(['doctor', 'box', '--json'], { env: { PASSWORD: 'p' }, clock: skipping });
    expectDocumented(lines);
    const failed = lines.filter(({ status }) => status === 'failed');
    expect(failed).toMatchObject([{ subject, message: expect.stringContaining('status 503') as string }]);
    expect(code).toBe(1);
    expect(skippedMs).toBeGreaterThan(20_000);
    expect(skippedMs).toBeLessThan(150_000);
  });

  it('tells a person what it waits for', () => {
    vi.useFakeTimers();
    const said: string[] = [];
    const waiting = new Waiting({ say: (text) => void said.push(text) }, 'box');
    waiting.at('answers');
    vi.advanceTimersByTime(9_000);
    expect(said).toEqual([]);
    waiting.at('lists what is there');
    vi.advanceTimersByTime(21_000);
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(/^still at "box": lists what is there/);
    waiting[Symbol.dispose]();
    vi.advanceTimersByTime(60_000);
    expect(said).toHaveLength(2);
    vi.useRealTimers();
  });
});

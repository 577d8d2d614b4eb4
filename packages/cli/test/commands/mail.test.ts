/** Mail through aiosmtpd, a server of somebody else's that is strict about RFC 5321 and 5322. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../../test/servers/bounded.ts';
import { createCli, type Cli } from '../support/cli.ts';

const python = '/usr/bin/python3';
const without = ((): string | undefined => {
  try {
    execFileSync(python, ['-c', 'import aiosmtpd'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'python3-aiosmtpd is not installed';
  }
})();

let cli: Cli;
let post: ChildProcess;
let printed = '';
let port: number;

const answers = async (): Promise<void> => {
  for (let tries = 0; tries < 100; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await pause(100);
  }
  throw new Error('the mail server did not begin');
};

beforeEach(async () => {
  if (without !== undefined) return;
  [cli, port] = await Promise.all([createCli(), freePort()]);
  printed = '';
  post = spawn(
    python,
    ['-u', '-m', 'aiosmtpd', '-n', '-l', `127.0.0.1:${port}`, '-c', 'aiosmtpd.handlers.Debugging', 'stdout'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  post.stdout?.on('data', (part: Buffer) => (printed += part.toString()));
  await answers();
});
afterEach(async () => {
  if (without !== undefined) return;
  post.kill();
  await cli[Symbol.asyncDispose]();
});

describe.skipIf(without !== undefined)(`mail${without === undefined ? '' : ` (skipped: ${without})`}`, () => {
  it('arrives once for each outcome, at everybody who is named', async () => {
    await mkdir(join(cli.folder, 'döcs'));
    const config = [
      'version: 1',
      'pipelines:',
      '  main:',
      '    sources: { docs: { type: files, paths: [./döcs] } }',
      '    destinations: { disk: { type: local, path: ./disk }, nas: { type: local, path: ./nas } }',
      '    encrypt: { password: { env: SECRET } }',
      '    notify:',
      '      - { type: email, server: { env: SMTP }, from: nas@example.org, to: [anna@example.org, ben@example.org] }',
    ];
    await writeFile(join(cli.folder, 'triplicate.yaml'), config.join('\n'));
    const type = (...parameters: string[]) =>
      cli.type(parameters, { env: { SECRET: 'secret words', SMTP: `smtp://127.0.0.1:${port}` } });
    await type('init');
    expect((await type('backup')).code).toBe(0);
    await rm(join(cli.folder, 'nas'), { recursive: true });
    expect(await type('backup')).toMatchObject({ code: 3 });
    await rm(join(cli.folder, 'döcs'), { recursive: true });
    expect(await type('backup')).toMatchObject({ code: 1 });
    await mkdir(join(cli.folder, 'döcs'));
    await type('init');
    await type('sync');
    expect((await type('backup')).code).toBe(0);
    // What the server prints comes through a pipe of its own: once it has stopped, all of it is here.
    const closed = once(post.stdout ?? post, 'close');
    post.kill('SIGINT');
    await closed;
    expect(printed.match(/^Subject: .*$/gm)).toEqual([
      'Subject: Triplicate: main was backed up in part',
      expect.stringContaining('Subject: Triplicate: main was not backed up') as string,
      expect.stringContaining('Subject: Triplicate: main recovered: it was backed up again, after 2 runs') as string,
    ]);
    expect(printed.match(/^To: anna@example\.org, ben@example\.org$/gm)).toHaveLength(3);
    expect(printed).not.toContain('secret words');
  });
});

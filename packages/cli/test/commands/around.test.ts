import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCli, type Cli, type Ended } from '../support/cli.ts';

let cli: Cli;
let server: Server;
let news: Record<string, unknown>[] = [];
let answer = 200;

beforeEach(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  await writeFile(join(cli.folder, 'docs', 'a.txt'), 'a');
  news = [];
  answer = 200;
  server = createServer((request, response) => {
    void text(request).then((body) => {
      news.push({ path: request.url, ...(JSON.parse(body) as object) });
      response.writeHead(answer).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.close();
  await cli[Symbol.asyncDispose]();
});

const node = (script: string): string => JSON.stringify([process.execPath, '-e', script]);
const append = (word: string): string =>
  node(`require('fs').appendFileSync('log', '${word} ' + (process.env.TRIPLICATE_EVENT ?? '-') + '\\n')`);

const prepare = async (more: readonly string[]): Promise<void> => {
  const config = [
    'version: 1',
    'pipelines:',
    '  main:',
    '    sources: { docs: { type: files, paths: [./docs] } }',
    '    destinations: { disk: { type: local, path: ./disk } }',
    '    encrypt: { password: { env: SECRET } }',
    ...more.map((line) => `    ${line}`),
  ].join('\n');
  await writeFile(join(cli.folder, 'own.yaml'), config);
};

const type = (...parameters: string[]): Promise<Ended> => {
  const { port } = server.address() as AddressInfo;
  return cli.type(['--config', 'own.yaml', ...parameters], {
    env: { SECRET: 'secret words', HOOK_URL: `http://127.0.0.1:${port}/token-1234` },
  });
};

const log = (): Promise<string> => readFile(join(cli.folder, 'log'), 'utf8');

describe('hooks', () => {
  it('that fail are told as the words that a shell needs to run them', async () => {
    await prepare(['hooks: { success: ["./no such program", $HOME, -x] }']);
    await type('init');
    expect((await type('backup')).err).toContain('hint: run `"./no such program" \'$HOME\' -x` by hand');
  });

  it('run around a backup, in the folder of the configuration, and know how it ended', async () => {
    await prepare([
      `hooks: { before: ${append('before')}, success: [no-such-program], failure: ${append('failure')}, after: ${append('after')} }`,
    ]);
    await type('init');
    const { code, err } = await type('backup');
    // One that fails after the run leaves its exit code alone.
    expect(code).toBe(0);
    expect(err).toContain('warning: the hook "success" failed');
    expect(await log()).toBe('before -\nafter success\n');
  });

  it('tell what they say, and a `before` that fails keeps the run from beginning', async () => {
    const failing = node("console.log('the database is down'); process.exitCode = 7");
    await prepare([`hooks: { before: ${failing}, failure: ${append('failure')}, after: ${append('after')} }`]);
    const { code, err } = await type('backup');
    expect(code).toBe(1);
    expect(err).toContain('before: the database is down\n');
    expect(err).toContain('error: the hook "before" failed: exit code 7\n');
    expect(await log()).toBe('failure failure\nafter failure\n');
  });

  describe('show no secret of the configuration, also before the run has fetched it', () => {
    const says = (more: string): string => node(`${more}; console.log('now: open-the-gate-42')`);
    const backupWith = async (secret: string, before: string): Promise<Ended> => {
      await prepare([`hooks: { before: ${before} }`]);
      const file = join(cli.folder, 'own.yaml');
      const config = await readFile(file, 'utf8');
      await writeFile(file, config.replace('{ env: SECRET }', secret));
      return await cli.type(['--config', 'own.yaml', 'backup'], { env: { GATE: 'open-the-gate-42' } });
    };

    it.each(['{ env: GATE }', '{ file: ./gate }'])('that %s has', async (secret) => {
      await writeFile(join(cli.folder, 'gate'), 'open-the-gate-42\n', { mode: 0o600 });
      const { err } = await backupWith(secret, says('0'));
      expect(err).toContain('before: now: ***\n');
      expect(err).not.toContain('gate-42');
    });

    it('that a hook writes to its file before it prints it', async () => {
      const { err } = await backupWith(
        '{ file: ./gate }',
        says("require('fs').writeFileSync('gate', 'open-the-gate-42')"),
      );
      expect(err).toContain('before: now: ***\n');
      expect(err).not.toContain('gate-42');
    });

    it('that a program tells, once the hook has unlocked it', async () => {
      const tells = node("process.stdout.write(require('fs').readFileSync('vault', 'utf8'))");
      const unlocks = says("require('fs').writeFileSync('vault', 'open-the-gate-42')");
      const { err } = await backupWith(`{ command: ${tells} }`, unlocks);
      expect(err).toContain('before: now: ***\n');
      expect(err).not.toContain('gate-42');
    });

    it('that a program does not tell now: its lines are not shown', async () => {
      const { err } = await backupWith(`{ command: ${node('process.exitCode = 1')} }`, says('0'));
      expect(err).toContain('before: 1 line not shown');
      expect(err).not.toContain('gate-42');
    });
  });

  it('are not waited for when they leave something running in the background that holds their output', async () => {
    const leaves = node(
      "console.log('left'); require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20_000)'], { detached: true, stdio: 'inherit' }).unref()",
    );
    await prepare([`hooks: { before: ${leaves}, timeout: 15s }`]);
    await type('init');
    const { code, err } = await type('backup');
    expect(code).toBe(0);
    expect(err).toContain('before: left\n');
  });

  it('are ended when they take too long', async () => {
    await prepare([`hooks: { before: ${node('setInterval(() => {}, 1000)')}, timeout: 1s }`]);
    const { code, err } = await type('backup');
    expect(code).toBe(1);
    expect(err).toContain('error: the hook "before" took longer than 1 s\n');
  });
});

describe('news', () => {
  it('and the list of runs hold no secret that an error names', async () => {
    await prepare(['notify: [{ type: webhook, url: { env: HOOK_URL } }]']);
    await type('init');
    const file = join(cli.folder, 'own.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('[./docs]', '["./secret words"]'));
    expect((await type('backup')).err).toContain('work/***": no such file or folder');
    expect(JSON.stringify(news)).toContain('work/***');
    expect(JSON.stringify(news)).not.toContain('secret words');
    for (const line of [await type('runs'), await type('runs', '--json')]) {
      expect(line.out).toContain('was not backed up');
      expect(line.out).not.toContain('secret words');
    }
  });

  it('tell of a source that changed as if it had been destroyed, and its snapshots stay until that is accepted', async () => {
    await prepare(['retain: { last: 1 }', 'notify: [{ type: webhook, url: { env: HOOK_URL } }]']);
    await type('init');
    const paper = (i: number): string => join(cli.folder, 'docs', `paper ${i}.txt`);
    for (let i = 0; i < 40; i += 1) await writeFile(paper(i), `page ${i} `.repeat(500));
    expect(await type('backup')).toMatchObject({ code: 0 });
    for (let i = 0; i < 40; i += 1) {
      await rm(paper(i));
      await writeFile(`${paper(i)}.locked`, randomBytes(4000));
    }
    const { code, err } = await type('backup');
    expect(code).toBe(3);
    expect(err).toContain('warning: "docs" changed as if it had been destroyed: 98 % of its files were rewritten');
    expect(news).toMatchObject([
      { event: 'partial', text: expect.stringContaining('as if it had been destroyed') as string },
    ]);
    // Nothing is well again before a person accepts it.
    expect(await type('backup')).toMatchObject({ code: 3 });
    expect(news.at(-1)).toMatchObject({ event: 'partial', text: expect.stringContaining('been destroyed') as string });
    const plan = await type('forget');
    expect(plan.out).toContain('held back: in snapshot');
    const count = async (): Promise<number> => (await type('snapshots', '--json')).lines.length;
    expect(await count()).toBe(3);
    const preview = await type('forget', '--accept-change', '--dry-run');
    expect(preview.out).toMatch(
      /^would accept the change of docs in snapshot [0-9a-f]{8}; this is what `.* forget` takes/,
    );
    expect(preview.out).toContain('would forget 2 snapshots, 1 kept');
    const accepted = await type('forget', '--accept-change');
    expect(accepted.out).toMatch(/^accepted the change of docs in snapshot [0-9a-f]{8}; nothing was forgotten/);
    expect(await count()).toBe(3);
    expect((await type('forget', '--accept-change')).out).toContain('no sudden change waits to be accepted');
    await type('forget');
    expect(await count()).toBe(1);
    expect(await type('backup')).toMatchObject({ code: 0 });
    expect(news.map(({ event }) => event)).toEqual(['partial', 'partial', 'recovered']);
  });

  it('go to a webhook: a failure, then that it is over, and never without being asked for', async () => {
    await prepare(['notify: [{ type: webhook, url: { env: HOOK_URL } }]']);
    await type('init');
    await type('backup');
    expect(news).toEqual([]);
    await rm(join(cli.folder, 'docs'), { recursive: true });
    expect(await type('backup')).toMatchObject({ code: 1 });
    expect(news).toMatchObject([
      { path: '/token-1234', pipeline: 'main', event: 'failure', snapshots: [], text: 'main was not backed up' },
    ]);
    await mkdir(join(cli.folder, 'docs'));
    expect(await type('backup')).toMatchObject({ code: 0 });
    expect(news.at(-1)).toMatchObject({
      event: 'recovered',
      outcomes: [{ source: 'docs', destination: 'disk', status: 'stored' }],
      text: expect.stringMatching(
        /^main recovered: .* after 1 run that failed since .*\nthe last of them: main was not/,
      ) as string,
    });
  });

  it('that cannot be delivered are a warning without the address', async () => {
    answer = 404;
    await prepare(['notify: [{ type: webhook, url: { env: HOOK_URL }, on: [success] }]']);
    await type('init');
    const { code, err } = await type('backup');
    expect(code).toBe(0);
    expect(err).toContain('warning: the webhook was not told: it answered 404\n');
    expect(err).not.toContain('token-1234');
    expect(news).toHaveLength(1);
  });
});

it('a source that was mistyped is a mistake of the command line, and no run that failed', async () => {
  await prepare([`hooks: { failure: ${append('failure')}, after: ${append('after')} }`]);
  await type('init');
  expect(await type('backup', 'dcos')).toMatchObject({ code: 2, err: expect.stringContaining('no source "dcos"') });
  expect((await type('--json', 'runs')).lines).toEqual([]);
  await expect(log()).rejects.toThrow('ENOENT');
});

/** What is told when, each time once: against a real HTTP server that keeps what it is told. */
import { once } from 'node:events';
import { chmod, cp, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCli, type Cli, type Ended, type TypeOptions } from '../support/cli.ts';
import { openPhoneDesk } from '../support/phones.ts';

let cli: Cli;
let server: Server;
let told: { readonly event: string; readonly text: string }[] = [];

beforeEach(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  await writeFile(join(cli.folder, 'docs', 'a.txt'), 'a');
  told = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      told.push(JSON.parse(body) as { event: string; text: string });
      response.writeHead(200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.close();
  await cli[Symbol.asyncDispose]();
});

const everything = '[success, partial, failure, recovered, behind, passcode, coverage-lost]';
const notify = `notify: [{ type: webhook, url: { env: HOOK_URL }, on: ${everything} }]`;

const configure = (destinations: string, more: readonly string[] = [], source = '{ type: files, paths: [./docs] }') =>
  writeFile(
    join(cli.folder, 'own.yaml'),
    [
      'version: 1',
      'pipelines:',
      '  main:',
      `    sources: { docs: ${source} }`,
      `    destinations: ${destinations}`,
      '    encrypt: { password: { env: SECRET } }',
      `    ${notify}`,
      ...more.map((line) => `    ${line}`),
    ].join('\n'),
  );

const type = (parameters: readonly string[], options: TypeOptions = {}): Promise<Ended> => {
  const { port } = server.address() as AddressInfo;
  const env = { SECRET: 'secret words', HOOK_URL: `http://127.0.0.1:${port}/`, ...options.env };
  return cli.type(['--config', 'own.yaml', ...parameters], { ...options, env });
};

/** The events since the last look. */
const events = (): string[] => told.splice(0).map(({ event }) => event);

const appends = (word: string): string =>
  JSON.stringify([process.execPath, '-e', `require('fs').appendFileSync('log', '${word}\\n')`]);

const twoPlaces =
  '{ disk: { type: local, path: ./disk }, usb: { type: local, path: ./usb/repo, removable: true, media: usb, offsite: true } }';

describe('how a pipeline stands', () => {
  it('is told when it changes: behind, the rule that holds no more and holds again, each once', async () => {
    await mkdir(join(cli.folder, 'usb', 'repo'), { recursive: true });
    await configure(twoPlaces);
    await type(['init']);
    expect((await type(['backup'])).code).toBe(0);
    expect((await type(['status', '--tell'])).code).toBe(0);
    expect(events()).toEqual(['success']);

    await rename(join(cli.folder, 'usb'), join(cli.folder, 'drawer'));
    await writeFile(join(cli.folder, 'docs', 'a.txt'), 'changed');
    expect((await type(['backup'])).code).toBe(0);
    expect((await type(['status', '--tell'])).code).toBe(3);
    expect(told.map(({ event }) => event)).toEqual(['success', 'coverage-lost']);
    expect(told[1]?.text).toMatch(
      /^main: the 3-2-1 rule is not kept any more\n"usb" was away when the newest snapshots were made: connect it/,
    );
    await type(['status', '--tell']);
    await rename(join(cli.folder, 'drawer'), join(cli.folder, 'usb'));
    await type(['status', '--tell']);
    await type(['status', '--tell']);
    const config = join(cli.folder, 'own.yaml');
    expect(told.at(-1)?.text).toBe(`main: "usb" is behind by a snapshot: triplicate -c ${config} -p main sync usb`);
    expect(events().slice(2)).toEqual(['behind']);

    await type(['sync']);
    await type(['status', '--tell']);
    await type(['status', '--tell']);
    expect(told[0]?.text).toMatch(/^main: the 3-2-1 rule is kept again; it was not since 20\d\d-[\d: -]+: .{5}/);
    expect(events()).toEqual(['recovered']);
  });

  it('is told by the daemon after its round', async () => {
    await mkdir(join(cli.folder, 'usb', 'repo'), { recursive: true });
    await configure(twoPlaces, ['schedule: { cron: "0 2 * * *" }']);
    await type(['init']);
    await type(['daemon', '--once']);
    expect(events()).toEqual(['success']);
    await rename(join(cli.folder, 'usb'), join(cli.folder, 'drawer'));
    await writeFile(join(cli.folder, 'docs', 'a.txt'), 'changed');
    await type(['daemon', '--once']);
    await type(['daemon', '--once']);
    expect(events()).toEqual(['success', 'coverage-lost', 'success']);
    await rename(join(cli.folder, 'drawer'), join(cli.folder, 'usb'));
    // Its round catches up, so nothing is behind at its end.
    await type(['daemon', '--once']);
    expect(events()).toEqual(['success', 'recovered']);
  });
});

describe('news that did not arrive', () => {
  /** Answers of the server to come; 200 when there are none. `drop`: takes it and hangs up. */
  let answers: (number | 'drop')[] = [];
  const bodies: string[] = [];
  const keys: unknown[] = [];
  beforeEach(() => {
    answers = [];
    bodies.length = 0;
    keys.length = 0;
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void text(request).then((body) => {
        const answer = answers.shift() ?? 200;
        bodies.push((JSON.parse(body) as { event: string }).event);
        keys.push(request.headers['idempotency-key']);
        if (answer === 'drop') return void request.socket.destroy();
        response.writeHead(answer).end();
      });
    });
  });

  it('of how a pipeline stands is told with the next look, and then never again', async () => {
    await mkdir(join(cli.folder, 'usb', 'repo'), { recursive: true });
    await configure(twoPlaces);
    await type(['init']);
    await type(['backup']);
    await type(['status', '--tell']);
    await rename(join(cli.folder, 'usb'), join(cli.folder, 'drawer'));
    await writeFile(join(cli.folder, 'docs', 'a.txt'), 'changed');
    await type(['backup']);
    bodies.length = 0;
    answers = [503, 503, 503];
    await type(['status', '--tell']);
    expect(bodies).toEqual(['coverage-lost', 'coverage-lost', 'coverage-lost']);
    expect(new Set(keys.slice(-3)).size).toBe(1);
    answers = [404];
    await type(['status', '--tell']);
    await type(['status', '--tell']);
    await type(['status', '--tell']);
    expect(bodies.slice(3)).toEqual(['coverage-lost', 'coverage-lost']);
  });

  it('may have, where the server took it and hung up: it is not told twice', async () => {
    await configure('{ disk: { type: local, path: ./disk } }');
    await type(['init']);
    answers = ['drop'];
    const { err, code } = await type(['backup']);
    expect(code).toBe(0);
    expect(bodies).toEqual(['success']);
    expect(err).toContain('warning: the webhook may have been told, and is not told twice');
  });
});

it('a state folder that cannot be used keeps nobody from hearing of it, by a backup and by a round', async () => {
  await configure(twoPlaces, ['schedule: { cron: "0 2 * * *" }', `hooks: { failure: ${appends('failure')} }`]);
  await mkdir(join(cli.folder, 'usb', 'repo'), { recursive: true });
  await type(['init']);
  await writeFile(join(cli.folder, 'file'), '');
  await rm(join(cli.folder, 'docs'), { recursive: true });
  const env = { TRIPLICATE_STATE_DIR: join(cli.folder, 'file', 'state') };
  expect(await type(['backup'], { env })).toMatchObject({ code: 1 });
  expect(events()).toEqual(['failure']);
  const round = await type(['daemon', '--once'], { env });
  expect(round.code).toBe(1);
  expect(round.err).not.toContain('mistake of triplicate');
  expect(events()).toContain('failure');
  expect(await readFile(join(cli.folder, 'log'), 'utf8')).toBe('failure\nfailure\n');
});

describe('a replica that was rolled back', () => {
  it('is an alarm at every look, and no round with one is a success', async () => {
    await configure(
      '{ a: { type: local, path: ./a, media: hdd }, b: { type: local, path: ./b, media: nas, offsite: true } }',
      ['schedule: { cron: "0 2 * * *" }'],
    );
    await type(['init']);
    await type(['backup']);
    await cp(join(cli.folder, 'b'), join(cli.folder, 'old'), { recursive: true });
    await writeFile(join(cli.folder, 'docs', 'a.txt'), 'changed');
    await type(['backup']);
    events();
    await rm(join(cli.folder, 'b'), { recursive: true });
    await rename(join(cli.folder, 'old'), join(cli.folder, 'b'));
    expect(await type(['status'])).toMatchObject({ code: 3 });
    const { lines } = await type(['status', '--json']);
    expect(lines.at(-1)).toMatchObject({ destinations: [{ lost: [] }, { lost: [expect.any(String) as string] }] });
    expect(await type(['backup'])).toMatchObject({ code: 3 });
    expect(told.at(-1)?.text).toContain('"b" has lost a snapshot that it had');
    expect(await type(['daemon', '--once'])).toMatchObject({ code: 3 });
    expect(events()).toEqual(['partial', 'partial']);
    // The sync of the round brought it back.
    expect(await type(['daemon', '--once'])).toMatchObject({ code: 0 });
    expect(events()).toEqual(['recovered']);
  });
});

it('a status with a destination that is gone, and may not be, ends with 3 however many others there are', async () => {
  await configure(
    '{ a: { type: local, path: ./a, media: hdd }, b: { type: local, path: ./b, media: nas, offsite: true }, c: { type: local, path: ./c, media: tape } }',
  );
  await type(['init']);
  await type(['backup']);
  expect(await type(['status'])).toMatchObject({ code: 0 });
  await rm(join(cli.folder, 'c'), { recursive: true });
  const { code, out } = await type(['status']);
  expect(out).toContain('the 3-2-1 rule is kept');
  expect(code).toBe(3);
});

describe('what a round finds after its backup', () => {
  const damage = async (folder: string): Promise<void> => {
    const data = join(cli.folder, folder, 'data');
    for (const name of await readdir(data, { recursive: true })) {
      const file = join(data, name);
      const { size } = await stat(file);
      if (size < 100_000 || !(await stat(file)).isFile()) continue;
      await chmod(file, 0o600);
      await using handle = await open(file, 'r+');
      await handle.write(Buffer.from('damage'), 0, 6, 50_000);
    }
  };

  it('is told when it is mended, and when it is not', async () => {
    await writeFile(join(cli.folder, 'docs', 'large'), randomBytes(200_000));
    await configure('{ disk: { type: local, path: ./disk }, nas: { type: local, path: ./nas } }', [
      'schedule: { cron: "0 2 * * *" }',
      'verify: { within: 1d, proof: daily }',
    ]);
    await type(['init']);
    expect((await type(['daemon', '--once'])).code).toBe(0);
    expect(events()).toEqual(['success']);
    await damage('disk');
    expect((await type(['daemon', '--once'])).code).toBe(0);
    expect(told[1]?.text).toMatch(/^main: check read \d+ packs, \d+ bad, mended from the others$/);
    expect(events()).toEqual(['success', 'partial']);
    await damage('disk');
    await damage('nas');
    expect((await type(['daemon', '--once'])).code).toBe(1);
    expect(told[1]?.text).toMatch(/^main: check failed: read \d+ packs, \d+ bad, \d+ faults not mended/);
    expect(events()).toEqual(['success', 'failure']);
  });
});

describe('a run', () => {
  it('is partial once, also when the hook after it fails', async () => {
    await configure('{ disk: { type: local, path: ./disk }, nas: { type: local, path: ./nas } }', [
      'hooks: { success: [no-such-program], after: [no-such-program] }',
    ]);
    await type(['init']);
    await rm(join(cli.folder, 'nas'), { recursive: true });
    const { code, err } = await type(['backup']);
    expect([code, events()]).toEqual([3, ['partial']]);
    expect(err.match(/warning: the hook "(success|after)" failed/g)).toHaveLength(2);
  });

  it.each([
    { signal: 'SIGTERM', expected: ['failure'], who: 'the system' },
    { signal: 'SIGINT', expected: [], who: 'a person, who needs no news' },
  ] as const)('that was ended by $signal tells $expected: it was $who', async ({ signal, expected }) => {
    await configure('{ disk: { type: local, path: ./disk, bandwidth: { up: 64KiB/s } } }', [
      `hooks: { failure: ${appends('failure')}, after: ${appends('after')} }`,
    ]);
    await writeFile(join(cli.folder, 'docs', 'large'), randomBytes(3_000_000));
    await type(['init']);
    let stopped = false;
    const { code } = await type(['backup'], {
      onTalk: (talk) => {
        if (stopped || !talk.includes('reading docs')) return;
        stopped = true;
        setTimeout(() => cli.interrupt(signal), 200);
      },
    });
    expect([code, events()]).toEqual([130, [...expected]]);
    expect(await readFile(join(cli.folder, 'log'), 'utf8')).toBe('failure\nafter\n');
    expect(cli.killed).toEqual([]);
  });
});

describe('a phone that waits for its passcode', () => {
  it('is told while it waits, once a run', async () => {
    await using desk = await openPhoneDesk();
    const phone = desk.plugIn({ seed: 'anna', name: 'Annas iPhone', photos: 3 });
    const { env } = desk;
    await configure('{ disk: { type: local, path: ./disk } }', [], '{ type: device, udid: any, encryption: as-is }');
    await type(['devices', 'pair'], { env });
    await type(['init'], { env });
    // Nobody enters it before the news has come.
    phone.faults = { passcode: { entered: () => vi.waitUntil(() => told.length === 1, 60_000) } };
    expect(await type(['backup'], { env })).toMatchObject({ code: 0 });
    expect(told[0]?.text).toBe('main waits: enter the passcode on Annas iPhone');
    expect(events()).toEqual(['passcode', 'success']);
  });
});

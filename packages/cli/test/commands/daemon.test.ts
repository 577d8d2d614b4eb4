import { Session, systemClock, type Pipeline } from '@triplicate/core';
import { FakeClock, hastyClock } from '@triplicate/core/testing';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRun } from '../../src/compose/open-pipeline.ts';
import { Output } from '../../src/output/output.ts';
import { createCli, type Cli, type Ended, type TypeOptions } from '../support/cli.ts';
import { noPromtool, promtoolSays } from '../support/promtool.ts';

let cli: Cli;
let env: Record<string, string>;
beforeEach(async () => {
  cli = await createCli();
  env = { TRIPLICATE_PASSWORD: 'secret words', TRIPLICATE_STATE_DIR: join(cli.folder, 'state') };
  await mkdir(join(cli.folder, 'docs'));
  await writeFile(join(cli.folder, 'docs', 'a.txt'), 'a');
});
afterEach(() => cli[Symbol.asyncDispose]());

const type = (parameters: readonly string[], options: Pick<TypeOptions, 'clock' | 'onTalk'> = {}): Promise<Ended> =>
  cli.type(parameters, { env, ...options });

const configure = async (schedule: string, more: readonly string[] = []): Promise<void> => {
  const config = [
    'version: 1',
    'pipelines:',
    '  main:',
    '    sources: { docs: { type: files, paths: [./docs] } }',
    '    destinations:',
    '      disk: { type: local, path: ./disk }',
    '      nas: { type: local, path: ./nas, media: nas, offsite: true }',
    '    encrypt: { password: { env: TRIPLICATE_PASSWORD } }',
    `    schedule: ${schedule}`,
    ...more,
  ];
  await writeFile(join(cli.folder, 'triplicate.yaml'), config.join('\n'));
};

type Waiting = PromiseWithResolvers<void>;

interface Answer {
  readonly status: number;
  readonly body: string;
}

const ask = (port: number, path: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      let body = '';
      response.on('data', (part: Buffer) => (body += part.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });

describe('a round', () => {
  it('is the backup, and what the promises of the pipeline ask for', async () => {
    await configure('{ cron: "0 2 * * *" }', ['    retain: { last: 1 }', '    verify: { within: 1d, proof: weekly }']);
    await type(['init']);
    expect(await type(['daemon', '--once'])).toMatchObject({ code: 0 });
    const commands = async (): Promise<unknown[]> =>
      (await type(['--json', 'runs'])).lines.map(({ command }) => command).toReversed();
    expect(await commands()).toEqual(['backup', 'sync', 'verify', 'forget', 'prune', 'proof']);
    // What is not due waits.
    expect(await type(['daemon', '--once'])).toMatchObject({ code: 0 });
    expect((await commands()).slice(6)).toEqual(['backup', 'sync', 'verify', 'forget']);
    expect(await type(['status'])).toMatchObject({ code: 0 });
  });

  it('mends a damaged snapshot before the others forget it, and prunes then', async () => {
    await configure('{ cron: "0 2 * * *" }', ['    retain: { last: 1 }', '    verify: { within: 1d }']);
    for (const command of ['init', 'backup']) await type([command]);
    const snapshots = join(cli.folder, 'nas', 'snapshots');
    const [name = ''] = await readdir(snapshots);
    await rm(join(snapshots, name));
    await writeFile(join(snapshots, name), 'rotten');
    const round = await type(['daemon', '--once']);
    // The backup tells of it, which is why the round is partial.
    expect([round.code, round.err]).toEqual([3, expect.not.stringContaining('failed')]);
    expect(await type(['check'])).toMatchObject({ code: 0 });
  });
});

it('a round that a person watches shows each of its commands, and says by its code that a destination failed', async () => {
  await configure('{ cron: "0 2 * * *" }');
  await type(['init']);
  const round = await cli.type(['daemon', '--once'], { env: { ...env, NO_COLOR: '1' }, columns: 80, room: 80 });
  expect(round.code).toBe(0);
  expect(round.err).toContain('main: backup');
  expect(round.out).toMatch(/snapshot [0-9a-f]{8}/);
  expect(await type(['daemon', '--once'])).toMatchObject({ code: 0, out: '' });
  await rm(join(cli.folder, 'nas'), { recursive: true });
  expect(await type(['daemon', '--once'])).toMatchObject({ code: 3, out: expect.stringContaining('nas') as string });
});

/** The pipeline as another computer has it. */
const otherProgram = async (): Promise<Pipeline> => {
  const surroundings = cli.surroundings(env);
  const output = new Output(surroundings, { json: false, quiet: true, verbose: false });
  const { signal } = new AbortController();
  const { pipeline } = await openRun({ surroundings, output, globals: {}, signal }, () => undefined);
  return pipeline;
};

it('a round waits for the lock of another program, and notes no failure', async () => {
  await configure('{ cron: "0 2 * * *" }');
  await type(['init']);
  const other = await Session.open(await otherProgram(), { lock: 'exclusive' });
  const waits = Promise.withResolvers<void>();
  const round = type(['daemon', '--once'], {
    onTalk: (text) => {
      if (text.includes('this waits for it, 300 seconds at most')) waits.resolve();
    },
  });
  await Promise.race([waits.promise, round]);
  await other[Symbol.asyncDispose]();
  expect(await round).toMatchObject({ code: 0 });
  const { lines } = await type(['--json', 'runs']);
  expect(lines.map(({ command, ending }) => [command, ending])).toEqual([
    ['sync', 'success'],
    ['backup', 'success'],
  ]);
});

it('a command waits for a lock as long as it is told to, and no longer', async () => {
  await configure('{ cron: "0 2 * * *" }');
  await type(['init']);
  await using _other = await Session.open(await otherProgram(), { lock: 'exclusive' });
  expect(await type(['backup', '--retry-lock', '1s'])).toMatchObject({ code: 11 });
  expect(await type(['backup', '--retry-lock', 'soon'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('write a time, e.g. 30s, 5m or 1h') as string,
  });
});

it('a round that is to wait begins once `when` of its schedule is met', async () => {
  await configure('{ cron: "0 2 * * *", when: { network: [203.0.113.0/24] } }');
  await type(['init']);
  const waits = Promise.withResolvers<void>();
  const round = type(['daemon', '--once', '--wait'], {
    onTalk: (text) => {
      if (text.includes('main: waits, in none of the networks')) waits.resolve();
    },
  });
  await Promise.race([waits.promise, round]);
  cli.interrupt();
  expect(await round).toMatchObject({ code: 130 });
  expect((await type(['--json', 'runs'])).lines).toEqual([]);
  expect((await type(['schedule', 'show'])).out).toMatch(/daemon.*--once.*--wait/);
});

it('a part of a round that another program kept from its turn is in the list of runs', async () => {
  await configure('{ cron: "0 2 * * *" }', ['    retain: { last: 1 }']);
  await type(['init']);
  await using _other = await Session.open(await otherProgram(), { lock: 'shared' });
  expect(await type(['daemon', '--once', '--retry-lock', '0s'])).toMatchObject({ code: 1 });
  const { lines } = await type(['--json', 'runs']);
  expect(lines.find(({ command }) => command === 'forget')).toMatchObject({
    ending: 'failure',
    text: 'locked by another program',
  });
});

/** Pipelines `one` and `two` of the same folder. */
const configureTwo = async (): Promise<void> => {
  const pipeline = (name: string): string[] => [
    `  ${name}:`,
    '    sources: { docs: { type: files, paths: [./docs] } }',
    `    destinations: { disk: { type: local, path: ./${name} } }`,
    '    encrypt: { password: { env: TRIPLICATE_PASSWORD } }',
  ];
  const config = ['version: 1', 'pipelines:', ...pipeline('one'), ...pipeline('two')];
  await writeFile(join(cli.folder, 'triplicate.yaml'), config.join('\n'));
};

it('a round of each of several pipelines is its own', async () => {
  await configureTwo();
  for (const name of ['one', 'two']) await type(['init', '--pipeline', name]);
  expect(await type(['daemon', '--once'])).toMatchObject({ code: 0 });
  const { lines } = await type(['--json', 'runs']);
  expect(lines.map((line) => line['pipeline']).toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([
    'one',
    'two',
  ]);
});

it('a round that fails keeps no other pipeline from its own', async () => {
  await configureTwo();
  await type(['init', '--pipeline', 'two']);
  expect(await type(['daemon', '--once'])).toMatchObject({ code: 1 });
  const { lines } = await type(['--json', 'runs', '--pipeline', 'two']);
  expect(lines.map(({ command, ending }) => [command, ending])).toEqual([['backup', 'success']]);
});

describe('the daemon', () => {
  it('runs at its times, tells how it is, and stops when it is asked to', async () => {
    await configure('{ cron: "*/2 * * * * *" }');
    await type(['init']);
    const begun = Date.now();
    let port = 0;
    let done = 0;
    const seen = Promise.withResolvers<void>();
    const daemon = type(
      ['daemon', '--health', '0', '--log', 'logs/daemon.log', '--log-size', '1KiB', '--log-keep', '9'],
      {
        onTalk: (text) => {
          port ||= Number(/127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? 0);
          if (text.includes('main: done')) done += 1;
          if (done === 2) seen.resolve();
        },
      },
    );
    await Promise.race([seen.promise, daemon]);
    const token = (await readFile(join(env['TRIPLICATE_STATE_DIR'] ?? '', 'daemon.token'), 'utf8')).trim();
    const authorization = `Bearer ${token}`;
    const health = await ask(port, '/health', { authorization });
    expect(health.status).toBe(200);
    expect(JSON.parse(health.body)).toMatchObject({ status: 'ok', jobs: [{ pipeline: 'main', lastFailed: false }] });
    const metrics = await ask(port, '/metrics', { authorization });
    expect(metrics.body).toContain('triplicate_last_run_failed{pipeline="main"} 0\n');
    expect(metrics.body).toContain('triplicate_coverage_kept{pipeline="main"} 1\n');
    expect(noPromtool === undefined ? promtoolSays(metrics.body) : '').toBe('');
    expect(await ask(port, '/metrics', {})).toMatchObject({ status: 401, body: '' });
    expect(await ask(port, '/metrics', { authorization, host: 'evil.example' })).toMatchObject({ status: 403 });
    expect(await ask(port, '/health', {})).toMatchObject({ status: 401, body: '' });
    expect(await ask(port, '/health', { authorization: 'Bearer wrong' })).toMatchObject({ status: 401 });
    expect(await ask(port, '/health', { authorization: `bearer ${token}` })).toMatchObject({ status: 200 });
    expect(await ask(port, '/health', { authorization: `Basic ${token}` })).toMatchObject({ status: 401 });
    expect(await ask(port, '/health', { authorization }, 'HEAD')).toEqual({ status: 200, body: '' });
    expect(await ask(port, '/health', { authorization }, 'POST')).toMatchObject({ status: 405 });
    expect(await ask(port, '/health', { authorization, host: 'evil.example' })).toMatchObject({ status: 403 });
    expect(await ask(port, '/health', { authorization, origin: 'https://evil.example' })).toMatchObject({
      status: 403,
    });
    cli.interrupt();
    expect(await daemon).toMatchObject({ code: 0 });
    expect(existsSync(join(env['TRIPLICATE_STATE_DIR'] ?? '', 'daemon.lock'))).toBe(false);
    const logs = await readdir(join(cli.folder, 'logs'));
    expect(logs.length).toBeGreaterThan(1);
    const logged = await Promise.all(logs.map((name) => readFile(join(cli.folder, 'logs', name), 'utf8')));
    const types = logged
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(expect.arrayContaining(['started', 'summary', 'ended', 'waiting']) as string[]);
    expect(logged.join('')).not.toContain('secret words');
    const { lines } = await type(['--json', 'runs']);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    const slots = JSON.parse(
      await readFile(join(env['TRIPLICATE_STATE_DIR'] ?? '', 'daemon-slots.json'), 'utf8'),
    ) as Record<string, number>;
    expect(Object.values(slots)[0]).toBeGreaterThan(begun);
  });

  it('knows after a restart, and after the configuration changed, how the last round ended and how it stands', async () => {
    await configure('{ cron: "0 2 1 1 *" }');
    await type(['init']);
    await type(['backup']);
    await rm(join(cli.folder, 'docs'), { recursive: true });
    expect(await type(['daemon', '--once'])).toMatchObject({ code: 1 });
    let port = 0;
    let reads = 0;
    const [ready, again] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const daemon = type(['daemon', '--health', '0'], {
      clock: hastyClock(systemClock, 20_000),
      onTalk: (text) => {
        port ||= Number(/127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? 0);
        if (/main: next at /.test(text)) (reads++ === 0 ? ready : again).resolve();
      },
    });
    await Promise.race([ready.promise, daemon]);
    const token = (await readFile(join(env['TRIPLICATE_STATE_DIR'] ?? '', 'daemon.token'), 'utf8')).trim();
    const authorization = `Bearer ${token}`;
    const expectKnown = async (): Promise<void> => {
      const health = await ask(port, '/health', { authorization });
      const job = { pipeline: 'main', running: false, lastFailed: true, lastEnded: expect.any(String) as string };
      expect([health.status, JSON.parse(health.body)]).toMatchObject([503, { status: 'failing', jobs: [job] }]);
      await expect
        .poll(async () => (await ask(port, '/metrics', { authorization })).body, { timeout: 20_000 })
        .toContain('triplicate_destination_snapshots{pipeline="main",destination="nas"} 1\n');
      const { body } = await ask(port, '/metrics', { authorization });
      expect(body).toContain('triplicate_last_run_failed{pipeline="main"} 1\n');
      expect(body).toContain('triplicate_backup_failed{pipeline="main"} 1\n');
      expect(body).toContain('triplicate_source_alarms{pipeline="main",source="docs"} 0\n');
    };
    await expectKnown();
    await configure('{ cron: "0 3 1 1 *" }');
    await Promise.race([again.promise, daemon]);
    await expectKnown();
    cli.interrupt();
    await daemon;
  });

  it('tells at its health that the configuration cannot be read any more, and goes on as soon as it is mended', async () => {
    await configure('{ cron: "0 2 1 1 *" }');
    await type(['init']);
    let port = 0;
    const [ready, told, mended] = [0, 1, 2].map(() => Promise.withResolvers<void>()) as [Waiting, Waiting, Waiting];
    const daemon = type(['daemon', '--health', '0', '--log', 'daemon.log'], {
      // It looks at the configuration every ten seconds, and every two while it is not sound.
      clock: hastyClock(systemClock, 20_000),
      onTalk: (text) => {
        port ||= Number(/127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? 0);
        if (/next at \d{4}-01-01 02:00:00$/m.test(text)) ready.resolve();
        if (text.includes('a mistake in the configuration')) told.resolve();
        if (/next at \d{4}-01-01 04:00:00$/m.test(text)) mended.resolve();
      },
    });
    await Promise.race([ready.promise, daemon]);
    await configure('{ cron: "every now and then" }');
    await Promise.race([told.promise, daemon]);
    const token = (await readFile(join(env['TRIPLICATE_STATE_DIR'] ?? '', 'daemon.token'), 'utf8')).trim();
    const health = await ask(port, '/health', { authorization: `Bearer ${token}` });
    expect([health.status, JSON.parse(health.body)]).toMatchObject([503, { status: 'failing' }]);
    expect(await readFile(join(cli.folder, 'daemon.log'), 'utf8')).toContain('"code":"CONFIG_INVALID"');
    await configure('{ cron: "0 4 1 1 *" }');
    await Promise.race([mended.promise, daemon, pause(20_000)]);
    expect(await ask(port, '/health', { authorization: `Bearer ${token}` })).toMatchObject({ status: 200 });
    cli.interrupt();
    await daemon;
  });

  it('goes on when no pipeline had a schedule and the configuration is broken then', async () => {
    await configure('{ cron: "0 2 1 1 *" }');
    const whole = await readFile(join(cli.folder, 'triplicate.yaml'), 'utf8');
    await writeFile(join(cli.folder, 'triplicate.yaml'), whole.replace(/ *schedule: .*/, ''));
    await type(['init']);
    const [ready, told, mended] = [0, 1, 2].map(() => Promise.withResolvers<void>()) as [Waiting, Waiting, Waiting];
    const daemon = type(['daemon'], {
      clock: hastyClock(systemClock, 20_000),
      onTalk: (text) => {
        if (text.includes('no pipeline has a schedule')) ready.resolve();
        if (text.includes('a mistake in the configuration')) told.resolve();
        if (text.includes('main: next at')) mended.resolve();
      },
    });
    await Promise.race([ready.promise, daemon]);
    await configure('{ cron: "every now and then" }');
    await Promise.race([told.promise, daemon]);
    await configure('{ cron: "0 2 1 1 *" }');
    expect(await Promise.race([mended.promise, daemon, pause(20_000, 'late')])).toBeUndefined();
    cli.interrupt();
    await daemon;
  });

  it('refuses a port that there is not', async () => {
    await configure('{ cron: "0 2 1 1 *" }');
    expect(await type(['daemon', '--health', '99999'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('write a port') as string,
    });
  });

  it('names the port that another program has, and what to do', async () => {
    await configure('{ cron: "0 2 1 1 *" }');
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, err } = await type(['daemon', '--health', String(port)]);
    taken.close();
    expect(code).toBe(1);
    expect(err).toContain(`--health cannot listen on 127.0.0.1:${port}: another program has that port`);
    expect(err).toContain('hint: give another port');
  });

  it('is alone in its state folder', async () => {
    await configure('{ cron: "0 2 1 1 *" }');
    await mkdir(env['TRIPLICATE_STATE_DIR'] ?? '', { recursive: true });
    const lock = join(env['TRIPLICATE_STATE_DIR'] ?? '', 'daemon.lock');
    await writeFile(lock, '1\n');
    expect(await type(['daemon'])).toMatchObject({
      code: 11,
      err: expect.stringContaining('a daemon is running already (process 1)') as string,
    });
  });
});

describe('schedule', () => {
  it('shows the units, and refuses what they cannot mean', async () => {
    await configure('{ cron: "0 2 * * *", timezone: Europe/Berlin, jitter: 10m }');
    // Five years from a day in the last week of a March have four or six of those Sundays.
    const clock = new FakeClock('2026-11-30T12:00:00Z');
    const { code, out, err } = await type(['schedule', 'show'], { clock });
    expect(code).toBe(0);
    expect(err).toContain(
      'note: main takes TRIPLICATE_PASSWORD from the environment, which is not there when it is run',
    );
    // At 02:00 on the last Sunday of March the clock shows 03:00.
    const linux =
      /OnCalendar=\*-\*-\* 02:00:00 Europe\/Berlin\n#.*\n(OnCalendar=\d{4}-03-\d\d 01:00:00 UTC\n){5}Persistent/;
    expect(out).toMatch(process.platform === 'linux' ? linux : /daemon/);
    expect(out).toContain('/packages/cli/bin/triplicate.js');
    expect(out).not.toContain('secret words');
    expect(err).not.toContain('onConnect');
    await configure('{ cron: "0 4 * * *", onConnect: true }');
    expect((await type(['schedule', 'show'])).err).toContain('note: main: `onConnect` is not kept to');
    await configure('{ cron: "0 2 L * *" }');
    expect(await type(['schedule', 'show'])).toMatchObject({ code: 2 });
    await configure('{ onConnect: true }');
    expect(await type(['schedule', 'show'])).toMatchObject({ code: 2 });
  });

  it('removes what is installed, and says where nothing is', async () => {
    await configure('{ cron: "0 2 * * *" }');
    const { code, out, lines } = await type(['schedule', 'remove']);
    expect(code).toBe(0);
    expect(out).toMatch(/^no unit of these pipelines is in .+\n$/);
    expect(lines).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')(
    'names what is left of a pipeline that was renamed, and removes it (skipped on Windows, whose tasks are no files)',
    async () => {
      // No scheduler of a machine that this runs on has one of that name.
      const old = 'left-behind-in-a-test';
      await configure('{ cron: "0 2 * * *" }');
      const file = join(cli.folder, 'triplicate.yaml');
      const whole = await readFile(file, 'utf8');
      await writeFile(file, whole.replace('main:', `${old}:`));
      const units = (await type(['schedule', 'show', '--json'])).lines.filter((line) => line['type'] === 'unit');
      for (const { folder, name, text } of units as Record<string, string>[]) {
        await mkdir(folder ?? '', { recursive: true });
        await writeFile(join(folder ?? '', name ?? ''), text ?? '');
      }
      const folder = String(units[0]?.['folder']);
      expect(units.map(({ installed }) => installed)).toEqual(units.map(() => 'absent'));
      const installed = await type(['schedule', 'show', '--json']);
      expect(installed.lines).toContainEqual(expect.objectContaining({ type: 'unit', installed: 'same' }));
      expect((await type(['schedule', 'show'])).err).not.toContain('schedule remove');
      await writeFile(file, whole);
      const shown = await type(['schedule', 'show']);
      expect(shown.code).toBe(0);
      expect(shown.err).toContain(`of "${old}", which has no times in this configuration`);
      expect(shown.err).toContain(`\`triplicate schedule remove --pipeline ${old}\``);
      await writeFile(file, whole.replace(/ *schedule: .*/, ''));
      expect((await type(['schedule', 'show'])).err).toContain(`of "${old}"`);
      expect(await readdir(folder)).toHaveLength(units.length);
      expect((await type(['schedule', 'remove', '--pipeline', old])).out).toMatch(
        new RegExp(`^triplicate-${old}|^io.triplicate.${old}`),
      );
      expect(await readdir(folder)).toEqual([]);
      expect(await type(['schedule', 'remove'])).toMatchObject({ code: 2 });
    },
  );
});

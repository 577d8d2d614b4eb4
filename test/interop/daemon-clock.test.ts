/** The real daemon in a process whose clock runs up to sixty times as fast, on the night on which summer time begins. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Catalog } from '@triplicate/core';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
/** What `faketime` hands to the program that it runs; without it in between, a signal is for the daemon itself. */
const preload = ((): string | undefined => {
  try {
    return /^LD_PRELOAD=(.+)$/m.exec(execFileSync('faketime', ['-f', '+0', 'env'], { encoding: 'utf8' }))?.[1];
  } catch {
    return undefined;
  }
})();

let folder: TemporaryFolder;
let env: NodeJS.ProcessEnv;
let speed = 60;
const children: ChildProcess[] = [];
const at = (...parts: string[]): string => join(folder.path, ...parts);

beforeAll(async () => {
  folder = await temporaryFolder();
  mkdirSync(at('docs'));
  writeFileSync(at('docs', 'a.txt'), 'a');
  const config = [
    'version: 1',
    'pipelines:',
    '  main:',
    '    sources: { docs: { type: files, paths: [./docs] } }',
    '    destinations: { disk: { type: local, path: ./disk } }',
    '    encrypt: { password: { env: SECRET } }',
    '    schedule: { cron: "*/10 * * * *", timezone: Europe/Berlin }',
  ];
  writeFileSync(at('triplicate.yaml'), config.join('\n'));
  env = {
    PATH: process.env['PATH'],
    HOME: folder.path,
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    SECRET: 'secret words',
    TZ: 'UTC',
    TRIPLICATE_STATE_DIR: at('state'),
    TRIPLICATE_CACHE_DIR: at('cache'),
  };
  const begun = performance.now();
  execFileSync(process.execPath, ['--conditions=@triplicate/source', main, 'init', '--yes'], {
    env,
    cwd: folder.path,
    stdio: 'ignore',
  });
  // To begin, and to make a backup, takes about as long as this: the ten minutes between two slots have to be several times that on a busy machine, too.
  speed = Math.max(6, Math.min(60, 90_000 / (performance.now() - begun)));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await folder[Symbol.asyncDispose]();
});

interface Daemon {
  readonly process: ChildProcess;
  readonly said: string[];
  /** Resolves when it has said so many lines that hold `words`. */
  until(words: string, count: number): Promise<void>;
}

const start = (time: string): Daemon => {
  const words = ['--conditions=@triplicate/source', main, 'daemon'];
  const child = spawn(process.execPath, words, {
    env: { ...env, LD_PRELOAD: preload, FAKETIME: `@${time} x${speed.toFixed(1)}` },
    cwd: folder.path,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr });
  lines.on('line', (line) => said.push(line));
  return {
    process: child,
    said,
    async until(wanted, count) {
      const there = (): boolean => said.filter((line) => line.includes(wanted)).length >= count;
      while (!there()) {
        if (child.exitCode !== null) throw new Error(`it ended: ${said.join('\n')}`);
        await Promise.race([once(lines, 'line'), once(child, 'exit')]);
      }
    },
  };
};

const began = (): string[] => {
  const [name = ''] = readdirSync(at('state', 'catalogs')).filter((file) => file.endsWith('.sqlite'));
  using catalog = new Catalog(at('state', 'catalogs', name));
  return catalog
    .runs(100)
    .filter(({ command }) => command === 'backup')
    .map(({ started }) => new Date(started).toISOString().slice(11, 15))
    .toReversed();
};

describe.skipIf(preload === undefined)(
  `the daemon${preload === undefined ? ' (skipped: faketime is not installed)' : ''}`,
  () => {
    it('runs each slot once over the change of the clock, and one for those that it missed while it was dead', async () => {
      const first = start('2026-03-29 00:42:00');
      await first.until('main: done', 3);
      // Berlin goes from 02:00 to 03:00 at 01:00 UTC: no slot is lost, and none comes twice.
      expect(began()).toEqual(['00:5', '01:0', '01:1']);
      first.process.kill('SIGKILL');
      await once(first.process, 'exit');
      const second = start('2026-03-29 02:02:00');
      await second.until('main: done', 1);
      // The next slot may have come by now.
      const [merged, ...later] = second.said.filter((line) => line.includes('begins'));
      expect(merged).toContain('main: begins, standing for 4 more that were missed');
      expect(later.filter((line) => line.includes('standing'))).toEqual([]);
      expect(began().slice(0, 4)).toEqual(['00:5', '01:0', '01:1', '02:0']);
      second.process.kill('SIGTERM');
      const [code] = (await once(second.process, 'exit')) as [number | null];
      expect(code).toBe(0);
    }, 600_000);
  },
);

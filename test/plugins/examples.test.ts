import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, triplicate as runProgram } from '../kit/program.ts';

const root = resolve(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'triplicate-examples-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const examples = readdirSync(join(root, 'examples')).filter((name) => name.startsWith('triplicate-'));

const config = `version: 1
plugins: ${JSON.stringify(examples)}
pipelines:
  notes:
    sources:
      memos: { type: memo, notes: { first: hello, second: ${'"' + 'long '.repeat(5000) + '"'} } }
    transforms:
      - dedupe: {}
      - compress: {}
      - mirror: { mark: 42 }
      - encrypt: { password: { env: PASSWORD } }
    destinations:
      box: { type: sqlite, file: ./box.sqlite }
      disk: { type: local, path: ./disk }
`;

const npm = (cwd: string, ...args: readonly string[]): void => {
  const quiet = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  execFileSync('npm', [...args, ...quiet], { cwd, stdio: 'pipe', shell: process.platform === 'win32' });
};

/** As a person does it, but for the two packages that would come from the registry. */
beforeAll(() => {
  writeFileSync(join(home, 'package.json'), '{ "private": true }');
  for (const name of examples) npm(join(root, 'examples', name), 'pack', '--pack-destination', home);
  const packed = readdirSync(home).filter((name) => name.endsWith('.tgz'));
  npm(home, 'install', '--legacy-peer-deps', ...packed.map((name) => `./${name}`));
  mkdirSync(join(home, 'node_modules/@triplicate'));
  symlinkSync(join(root, 'packages/core'), join(home, 'node_modules/@triplicate/core'), 'junction');
  symlinkSync(join(root, 'node_modules/zod'), join(home, 'node_modules/zod'), 'junction');
  mkdirSync(join(home, 'disk'));
  writeFileSync(join(home, 'triplicate.yaml'), config);
});

const triplicate = (...parameters: string[]): Promise<Ended> => runProgram(home, parameters);

describe('the examples of plugins, packed and installed', () => {
  it('are named when they are loaded', async () => {
    const { code, out } = await triplicate('--json', 'plugins');
    expect(code).toBe(0);
    for (const type of ['sqlite', 'memo', 'mirror']) expect(out).toContain(`"name":"${type}"`);
  });

  it('are used in a run, and what they stored comes back from each destination', async () => {
    expect(await triplicate('init')).toMatchObject({ code: 0 });
    expect(await triplicate('backup')).toMatchObject({ code: 0 });
    expect(await triplicate('check', '--read-data')).toMatchObject({ code: 0 });
    for (const from of ['box', 'disk']) {
      const to = join(home, `restored-${from}`);
      expect(await triplicate('restore', 'latest', '--to', to, '--from', from)).toMatchObject({ code: 0 });
      expect(readFileSync(join(to, 'memo/first.txt'), 'utf8')).toBe('hello');
      expect(readFileSync(join(to, 'memo/second.txt'), 'utf8')).toBe('long '.repeat(5000));
    }
  });

  it('keep the whole contract of destinations, as the doctor proves it', async () => {
    const { code, out } = await triplicate('--json', 'doctor', 'box');
    const checks = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { subject?: string; status?: string; name?: string; message?: string })
      .filter(({ subject }) => subject === 'proof of box');
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(checks.filter(({ status }) => status === 'ok').length).toBeGreaterThan(35);
    expect(code).toBe(0);
  });
});

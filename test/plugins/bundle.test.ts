import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'triplicate-bundle-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const run = (file: string, ...parameters: string[]): string =>
  execFileSync(process.execPath, [join(root, file), ...parameters], {
    cwd: home,
    encoding: 'utf8',
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      TRIPLICATE_STATE_DIR: join(home, 's'),
      TRIPLICATE_CACHE_DIR: join(home, 'c'),
    },
  });

/** A codec that does nothing but write down which core it got, in whichever thread. */
const codec = `import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { pluginApiVersion } from '@triplicate/core';
import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
const core = import.meta.resolve('@triplicate/core');
appendFileSync(${JSON.stringify(join(home, 'seen'))}, JSON.stringify({ isMainThread, core }) + '\\n');
export default {
  apiVersion: pluginApiVersion, kind: 'transform', type: 'witness', stage: 'codec', summary: 'Looks', options: z.strictObject({}),
  open: () => ({ id: 'witness', encode: (blob) => Uint8Array.from(blob), decode: (blob) => Uint8Array.from(blob) }),
};
`;

const config = `version: 1
plugins: [./codec.mjs]
pipelines:
  notes:
    sources: { docs: { type: files, paths: [./docs] } }
    transforms:
      - dedupe: {}
      - compress: {}
      - witness: {}
      - encrypt: { password: { file: ./password } }
    destinations: { disk: { type: local, path: ./disk } }
`;

// Out of what was compiled last; `npm ci` compiles.
beforeAll(() => void run('scripts/bundle.ts'));

it('runs a plugin from elsewhere with the one core of the bundle, in every thread', () => {
  for (const folder of ['docs', 'disk']) mkdirSync(join(home, folder));
  const text = 'something that gets smaller when it is compressed. '.repeat(5000);
  writeFileSync(join(home, 'docs', 'a.txt'), text);
  writeFileSync(join(home, 'password'), 'open sesame');
  writeFileSync(join(home, 'codec.mjs'), codec);
  writeFileSync(join(home, 'triplicate.yaml'), config);
  const cli = (...parameters: string[]): string =>
    run('packages/cli/bundle/main.js', '--config', join(home, 'triplicate.yaml'), ...parameters);
  cli('init');
  cli('backup');
  cli('restore', 'latest', '--to', join(home, 'back'));
  expect(readFileSync(join(home, 'back', home, 'docs', 'a.txt'), 'utf8')).toBe(text);
  const seen = readFileSync(join(home, 'seen'), 'utf8').trimEnd().split('\n');
  const lines = seen.map((line) => JSON.parse(line) as { isMainThread: boolean; core: string });
  expect(new Set(lines.map(({ isMainThread }) => isMainThread))).toEqual(new Set([true, false]));
  for (const { core } of lines) expect(core).toMatch(/\/bundle\/core\.js$/);
});

it('keeps what each kind of run has called, for the program and for its threads', () => {
  const version = run('packages/cli/bundle/main.js', '--version').trim();
  const kept = readdirSync(join(home, 'c', 'code', version)).flatMap(
    (name) => /^([a-z]+)-.*\.kept\.js-([a-z-]+)-[0-9a-f]+$/.exec(name)?.slice(1).join(' of ') ?? [],
  );
  // The plugin brings more into one of the threads.
  const ours = [
    'common of other',
    'common of backup',
    'common of restore',
    'transforms of backup',
    'transforms of restore',
  ];
  for (const one of [...ours, 'transforms of backup-thread', 'transforms of restore-thread'])
    expect(kept).toContain(one);
});

it('says its version', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8')) as { version: string };
  expect(run('packages/cli/bin/triplicate.js', '--version').trim()).toBe(version);
});

it('holds WebAssembly as it is run, and nothing that would assemble it first', async () => {
  const chunks = readdirSync(join(root, 'packages/cli/bundle'))
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(join(root, 'packages/cli/bundle', name), 'latin1'))
    .join('\n');
  expect(chunks).not.toContain('core/dist/transform/wasm/assembler.js');
  const { assembleRomix } = await import('../../packages/core/src/transform/wasm/romix-kernel.ts');
  const { gearKernel } = await import('../../packages/core/src/transform/wasm/gear-kernel.ts');
  const { assembleIndexScan } = await import('../../packages/core/src/engine/index-kernel.ts');
  for (const assemble of [assembleRomix, gearKernel.assemble, assembleIndexScan])
    expect(chunks.includes(Buffer.from(assemble()).toString('base64'))).toBe(true);
});

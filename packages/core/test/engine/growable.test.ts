import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { growable, growTo } from '../../src/engine/growable.ts';
import { temporaryFolder } from '../../src/testing/index.ts';

const run = promisify(execFile);

it('grows in place to what is wanted, as far as there is room, and says when there is none', () => {
  const memory = growable(16, 100);
  growTo(memory, 10, 1000);
  expect(memory.byteLength).toBe(16);
  growTo(memory, 20, 40);
  expect(memory.byteLength).toBe(40);
  growTo(memory, 90, 1000);
  expect(memory.byteLength).toBe(100);
  expect(() => growTo(memory, 101, 200)).toThrow(expect.objectContaining({ code: 'IO' }));
});

it.skipIf(process.platform !== 'linux')(
  'the tables of a repository stand where `ulimit -v` gives few addresses, and what is too much is told (skipped elsewhere, where nothing limits them)',
  async () => {
    const script = `
      const at = (path) => import(new URL(path, '${new URL('../../src/', import.meta.url).href}'));
      const { PackTable } = await at('engine/pack-table.ts');
      const { DynamicBlobs } = await at('engine/dynamic-blobs.ts');
      const { SortedBlobsBuilder } = await at('engine/sorted-blobs.ts');
      const { toBackupError } = await at('errors.ts');
      const tables = [PackTable.memory(), DynamicBlobs.memory(), new SortedBlobsBuilder()];
      try {
        new SharedArrayBuffer(2 ** 34);
      } catch (error) {
        const { message, hint } = toBackupError(error);
        console.log(tables.length, message, hint);
      }`;
    const node = [process.execPath, '--conditions=@triplicate/source', '--input-type=module', '-e', script];
    await using kept = await temporaryFolder();
    const env = { ...process.env, NODE_COMPILE_CACHE: kept.path };
    const limited = (limit: string) =>
      run('/bin/sh', ['-c', `ulimit -v ${limit} && exec "$@"`, 'sh', ...node], { env });
    // What takes the types out of the source reserves 4 GB of addresses itself; the second time the code is there without them.
    await limited('unlimited');
    const { stdout } = await limited('7000000');
    expect(stdout).toMatch(/^3 there is not enough address space this process may use 6835 MiB .*ulimit -v/);
  },
);

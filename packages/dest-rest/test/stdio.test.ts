import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bodyOf, collect } from '@triplicate/core';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noRclone } from '../../../test/servers/rclone.ts';
import { openWith, signal } from './kit.ts';

let folder: TemporaryFolder;
let program: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  program = join(folder.path, 'rclone-with-its-number');
  writeFileSync(program, `#!/bin/sh\necho $$ > ${join(folder.path, 'pid')}\nexec rclone "$@"\n`);
  chmodSync(program, 0o700);
  mkdirSync(join(folder.path, 'remote'));
});
afterAll(() => folder[Symbol.asyncDispose]());

const open = (more: Record<string, unknown> = {}) =>
  openWith({ remote: join(folder.path, 'remote'), program, ...more }, { folder: folder.path });
const pid = (): number => Number(readFileSync(join(folder.path, 'pid'), 'utf8'));
const runs = (process_: number): boolean => existsSync(`/proc/${process_}/exe`);

describe.skipIf(noRclone !== undefined || process.platform !== 'linux')('rclone as a child', () => {
  it('is started again after it ended, and is gone when the destination is closed', async () => {
    const destination = await open();
    await destination.put('triplicate/one', bodyOf(Buffer.from('one')), { signal });
    const first = pid();
    process.kill(first, 'SIGKILL');
    await expect.poll(() => runs(first)).toBe(false);
    const read = async (): Promise<string> => (await collect(destination.get('triplicate/one', { signal }))).toString();
    await expect.poll(() => read().catch(() => 'not yet')).toBe('one');
    const second = pid();
    expect(second).not.toBe(first);
    await destination[Symbol.asyncDispose]();
    expect(runs(second)).toBe(false);
  });

  it('is told to let nothing be deleted, and claims so', async () => {
    await using destination = await open({ appendOnly: true });
    expect(destination.capabilities.canDelete).toBe(false);
    await destination.put('triplicate/kept', bodyOf(Buffer.from('one')), { signal });
    expect(readFileSync(`/proc/${pid()}/cmdline`, 'utf8')).toContain('--append-only');
    await expect(destination.delete('triplicate/kept', { signal })).rejects.toMatchObject({ code: 'READ_ONLY' });
  });

  it('is given no remote that holds settings, and none that looks like a flag', async () => {
    for (const remote of [':s3,secret_access_key=x:bucket', 'nas,pass=x:', '--config=/x']) {
      await expect(open({ remote })).rejects.toThrow(/remote/);
    }
    await expect(openWith({ url: 'http://127.0.0.1:9', remote: 'x:' }, { folder: folder.path })).rejects.toThrow(
      'either',
    );
  });
});

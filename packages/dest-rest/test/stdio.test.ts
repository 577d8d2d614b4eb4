import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bodyOf, collect, isBackupError } from '@triplicate/core';
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
    await expect.poll(() => read().catch(() => 'not yet'), { timeout: 20_000 }).toBe('one');
    const second = pid();
    expect(second).not.toBe(first);
    await destination[Symbol.asyncDispose]();
    expect(runs(second)).toBe(false);
  });

  it('may be killed in the middle of anything, and every call that was under way says so', async () => {
    await using destination = await open();
    const large = Buffer.alloc(3_000_000, 1);
    for (let round = 0; round < 12; round += 1) {
      await destination.put(`triplicate/before-${round}`, bodyOf(Buffer.from('x')), { signal });
      const calls = [1, 2, 3].map((i) => destination.put(`triplicate/${round}-${i}`, bodyOf(large), { signal }));
      await pause(round);
      process.kill(pid(), 'SIGKILL');
      const after = destination.stat(`triplicate/before-${round}`, { signal });
      const outcomes = await Promise.allSettled([...calls, after]);
      const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(failures.filter((error) => !isBackupError(error, 'UNAVAILABLE'))).toEqual([]);
      const look = (): Promise<unknown> => destination.stat('triplicate/x', { signal }).catch(() => 'not yet');
      await expect.poll(look, { timeout: 20_000 }).toBeUndefined();
    }
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

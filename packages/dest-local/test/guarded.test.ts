import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { get, open, put, signal } from './kit.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplicate-guarded-'));
});
const chattr = (flag: string): void => {
  execFileSync('chattr', ['-R', flag, folder], { stdio: 'ignore' });
};
afterEach(async () => {
  if (!noFlags) chattr('-i');
  await rm(folder, { recursive: true, force: true });
});

/** Whether this user may set the flag on a file there. */
const noFlags = ((): boolean => {
  try {
    execFileSync('sh', ['-c', 'f=$(mktemp) && chattr +i "$f" && chattr -i "$f" && rm "$f"'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
})();

it('nothing is deleted from a folder that only grows', async () => {
  await using destination = await open(folder, { appendOnly: true });
  expect(destination.capabilities.canDelete).toBe(false);
  await put(destination, 'data/aa/one', 'content');
  await expect(destination.delete('data/aa/one', { signal })).rejects.toMatchObject({ code: 'READ_ONLY' });
  expect(await get(destination, 'data/aa/one')).toBe('content');
});

describe.skipIf(noFlags)(`files that the superuser guards${noFlags ? ' (skipped: no chattr here)' : ''}`, () => {
  it('stay, and more can be stored beside them', async () => {
    await using destination = await open(folder);
    await put(destination, 'data/aa/one', 'content');
    for (const name of await readdir(join(folder, 'data/aa')))
      execFileSync('chattr', ['+i', join(folder, 'data/aa', name)]);
    await expect(destination.delete('data/aa/one', { signal })).rejects.toMatchObject({ code: 'AUTH' });
    await expect(put(destination, 'data/aa/one', 'other')).rejects.toMatchObject({ code: 'AUTH' });
    await put(destination, 'data/aa/two', 'more');
    expect([await get(destination, 'data/aa/one'), await get(destination, 'data/aa/two')]).toEqual(['content', 'more']);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid, platform } from 'node:process';
import type { Surroundings } from '../../src/config/surroundings.ts';

/** A home of its own for each test, removed at the end of the block. */
export const makeHome = async (): Promise<AsyncDisposable & { readonly path: string }> => {
  const path = await mkdtemp(join(tmpdir(), 'triplicate-home-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};

export const surroundingsIn = (home: string, parts: Partial<Surroundings> = {}): Surroundings => ({
  env: {},
  cwd: home,
  home,
  platform,
  hostname: 'anna',
  userId: getuid?.(),
  ...parts,
});

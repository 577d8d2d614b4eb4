import { hash, randomBytes } from 'node:crypto';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@triplicate/core';

/** `~` cannot stand in a key, so such a file is never taken for an object; the length is fixed, so it fits wherever a key fits. */
const pattern = /^\.~(claim-[0-9a-f]{16}|[0-9a-f]{24})$/;

export const temporaryName = (): string => `.~${randomBytes(12).toString('hex')}`;

/** The same for everyone who wants `name` in that folder. */
export const claimName = (name: string): string => `.~claim-${hash('sha256', name).slice(0, 16)}`;

export const isTemporaryName = (name: string): boolean => pattern.test(name);

const oneDayMs = 24 * 60 * 60 * 1000;

/** Removes what a killed run left half-written in `folder`; a younger one may still be at work. Nothing that fails here matters. */
export const sweepTemporary = async (folder: string, clock: Clock): Promise<void> => {
  const oldest = clock.now().getTime() - oneDayMs;
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter(isTemporaryName)) {
    const path = join(folder, name);
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined && info.mtimeMs < oldest) await unlink(path).catch(() => {});
  }
};

import { open, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BackupError, type Clock } from '@triplicate/core';
import { systemCode } from './errors.ts';
import type { Platform } from './platform.ts';
import { claimName } from './temporary.ts';

export interface PublishOptions {
  readonly platform: Platform;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const taken = (): BackupError => new BackupError('ALREADY_EXISTS', 'an object of that name exists already');

/** Gives the finished file at `temporary` its name, in the place of what has it now. */
export const publish = (temporary: string, target: string, options: PublishOptions): Promise<void> =>
  options.platform.rename(temporary, target, options);

/** Gives the finished file its name unless something has it: of several at the same time, one wins and the others get ALREADY_EXISTS. */
export const publishIfAbsent = async (temporary: string, target: string, options: PublishOptions): Promise<void> => {
  try {
    await options.platform.link(temporary, target);
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (code === 'EEXIST') throw taken();
    if (final.has(code)) throw error;
    return withoutLinks(temporary, target, options);
  }
  await unlink(temporary);
};

/**
 * What a claim file would meet as well. Everything else may mean that a file cannot have two names: EPERM and ENOTSUP say so, and what is
 * served by a program (FUSE) may say ENOSYS or, as rclone does, EIO.
 */
const final: ReadonlySet<string> = new Set(['ENOENT', 'ENOSPC', 'EDQUOT', 'EROFS']);

/** A claim is held for the time of a stat and a rename; one that is older was left by a run that was killed. */
const staleClaimMs = 10 * 60_000;

/** Where a file cannot have two names (exFAT, rclone), whoever creates the claim file alone may look and rename. */
const withoutLinks = async (temporary: string, target: string, options: PublishOptions): Promise<void> => {
  const claim = join(dirname(target), claimName(basename(target)));
  await takeClaim(claim, options.clock);
  try {
    if (await exists(target)) throw taken();
    await publish(temporary, target, options);
  } finally {
    await unlink(claim).catch(() => {});
  }
};

const takeClaim = async (claim: string, clock: Clock): Promise<void> => {
  const since = await stat(claim).catch(() => undefined);
  if (since !== undefined && clock.now().getTime() - since.mtimeMs > staleClaimMs) await unlink(claim).catch(() => {});
  try {
    await (await open(claim, 'wx', 0o600)).close();
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? taken() : error;
  }
};

const exists = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
};

import { type Runner, testSource } from '@triplicate/conformance';
import { bytesFromText, systemClock } from '@triplicate/core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { MobileSyncSource } from '../src/mobile-sync-source.ts';
import { udid } from './backup-maker.ts';

/** Promises about what no backup of a phone holds: its modes are fixed, its names are text, and it has no links and no pipes. */
const elsewhere = new Set([
  'keeps modes and times to the nanosecond',
  'takes a link for a link, and a circle of links for nothing else',
  'gives back on the way back what it took',
  'does not hang at a pipe',
  'goes as deep and as wide as folders go',
]);

let cacheDirectory: string;
beforeAll(async () => {
  cacheDirectory = await mkdtemp(join(tmpdir(), 'mobilesync-'));
});
afterAll(() => rm(cacheDirectory, { recursive: true, force: true }));

/** Over any folder at all: what a backup has to have besides is tested beside this. */
const open = async (folder: string): Promise<MobileSyncSource> => {
  const backup = { path: folder, udid, name: 'Annas iPhone', date: undefined };
  return new MobileSyncSource({
    backup,
    clock: systemClock,
    patienceMs: 0,
    cacheDirectory,
    whyNotReady: () => Promise.resolve(undefined),
  });
};

const runner: Runner = {
  describe,
  it: (name, body) => (elsewhere.has(name) ? it.skip : it)(name, body),
};

testSource(runner, 'mobilesync', { open, place: () => bytesFromText(`MobileSync/${udid}`) });

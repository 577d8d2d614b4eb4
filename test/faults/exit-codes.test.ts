import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type BytePath, textFromBytes } from '@triplicate/core';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cheapenKeys } from '../kit/cheap-keys.ts';
import { objectsOf } from '../kit/damage.ts';
import { saidOf, triplicate } from '../kit/program.ts';
import { complaints } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { writeSampleTree } from '../kit/sample-tree.ts';
import { writeTroubled } from './troubled-program.ts';
import { type Trouble, troubles } from './troubles.ts';

// The program as a process of its own. What a run does about each trouble is in `isolation.test.ts`; the campaign `isolation` runs all of
// them through the program as well.

let source: TemporaryFolder;
let temporary: TemporaryFolder;
let home: string;

beforeAll(async () => {
  source = await temporaryFolder();
  writeSampleTree(source.path, { seed: 9, folders: 2, filesInFolder: 8, largeBytes: 2_000_000 });
});
afterAll(() => source[Symbol.asyncDispose]());
beforeEach(async () => {
  temporary = await temporaryFolder();
  home = temporary.path;
});
afterEach(() => temporary[Symbol.asyncDispose]());

const troubleNamed = (name: string): Trouble => {
  const found = troubles.find((trouble) => trouble.name === name);
  if (!found) throw new TypeError(name);
  return found;
};

const initCheaply = async (): Promise<void> => {
  expect(await triplicate(home, ['--json', 'init'])).toMatchObject({ code: 0 });
  await cheapenKeys(...['a', 'b', 'c'].map((name) => join(home, name)));
};

const expectNoTrouble = async (): Promise<void> => {
  const homes = ['a', 'b', 'c'].map((name) => join(home, name));
  expect(await complaints(homes, ['check', '--read-data'])).toEqual([]);
  const [a, ...others] = homes.map((path) => objectsOf(path, 'snapshots').map((file) => file.slice(path.length)));
  expect(others).toEqual([a, a]);
};

describe('the program, with one of three destinations in trouble', () => {
  const full = troubleNamed('full');
  it.skipIf(full.skipped !== undefined)(
    `ends with 3 while the quorum holds, with 4 when it is missed, and with 0 when it is mended and synced${full.skipped ? ` (skipped: ${full.skipped})` : ''}`,
    async () => {
      full.prepare?.(home);
      try {
        writeTroubled({ home, source: source.path, trouble: full });
        await initCheaply();
        const held = await triplicate(home, ['--json', 'backup']);
        expect([held.code, saidOf(held)]).toEqual([3, { a: 'stored', b: 'stored', c: 'failed' }]);
        writeTroubled({ home, source: source.path, trouble: full, quorum: 3 });
        const missed = await triplicate(home, ['--json', 'backup', '--force']);
        // Its blobs are on a by now: what it lacks, it is to be given by a.
        expect([missed.code, saidOf(missed)]).toEqual([4, { a: 'stored', b: 'stored', c: 'behind' }]);
        full.end?.(home);
        expect(await triplicate(home, ['--json', 'sync'])).toMatchObject({ code: 0 });
        await expectNoTrouble();
      } finally {
        full.cleanUp?.(home);
      }
    },
    180_000,
  );

  it('ends with 0 when the quorum is all that it waits for and one hangs, and with 3 when that one cannot be opened', async () => {
    writeTroubled({ home, source: source.path, trouble: troubleNamed('hung') });
    await initCheaply();
    const hung = await triplicate(home, ['--json', 'backup', '--wait', 'quorum']);
    expect([hung.code, saidOf(hung)]).toEqual([0, { a: 'stored', b: 'stored', c: 'behind' }]);
    writeTroubled({ home, source: source.path });
    expect(await triplicate(home, ['--json', 'sync'])).toMatchObject({ code: 0 });
    await expectNoTrouble();
    rmSync(join(home, 'c', 'config'));
    const foreign = await triplicate(home, ['--json', 'backup']);
    expect([foreign.code, saidOf(foreign)]).toEqual([3, { a: 'stored', b: 'stored', c: 'failed' }]);
    expect(foreign.talk).not.toContain('    at ');
  }, 180_000);

  it('restores what there is when a pack is gone everywhere, names every file that is not, and ends with 3', async () => {
    writeTroubled({ home, source: source.path });
    await initCheaply();
    expect(await triplicate(home, ['backup'])).toMatchObject({ code: 0 });
    // The largest pack holds no trees.
    const [largest = ''] = objectsOf(join(home, 'a'), 'data').toSorted((a, b) => statSync(b).size - statSync(a).size);
    for (const name of ['a', 'b', 'c']) rmSync(largest.replace(join(home, 'a'), join(home, name)));
    const to = join(home, 'restored');
    const { code, talk } = await triplicate(home, ['restore', 'latest', '--to', to]);
    expect(code).toBe(3);
    const lost = differences(source.path, join(to, source.path)).filter((line) => !line.startsWith('time: '));
    expect(lost.length).toBeGreaterThan(0);
    for (const line of lost) {
      expect(line).toMatch(/^only in the first: /);
      expect(talk).toContain(textFromBytes(line.replace('only in the first: ', '') as BytePath));
    }
    expect(talk).not.toContain('    at ');
  }, 180_000);
});

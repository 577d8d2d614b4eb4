import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { findSnapshot, type Pipeline, restore, Session } from '@triplicate/core';
import type { SimDevice } from '@triplicate/device-simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { init, run } from '../kit/commands.ts';
import { folderBytes } from '../kit/folder-bytes.ts';
import { PhoneDesk } from '../kit/phone-desk.ts';

let desk: PhoneDesk;
let phone: SimDevice;
beforeEach(async () => {
  desk = await PhoneDesk.open();
  phone = await desk.add({ seed: 'both', name: 'Annas iPhone', photos: 60, photoBytes: 100_000, documents: 200 });
});
afterEach(() => desk[Symbol.asyncDispose]());

/** The folder that Finder would have: the last snapshot of the cable, restored. */
const keepFolder = async (pipeline: Pipeline): Promise<string> => {
  const to = join(desk.folder, 'finder');
  const { problems } = await restore(pipeline, { snapshot: 'latest', to, overwrite: 'always', verify: true });
  expect(problems).toEqual([]);
  // Finder wrote its files at other times.
  for (const entry of readdirSync(to, { recursive: true, encoding: 'utf8' })) utimesSync(join(to, entry), 1e9, 1e9);
  return join(to, 'MobileSync');
};

const treeOf = async (pipeline: Pipeline): Promise<string> => {
  await using session = await Session.open(pipeline, { lock: 'read' });
  return findSnapshot(session.snapshots, 'latest').file.tree;
};

const stored = (): number => folderBytes(join(desk.folder, 'a'));

describe('a phone that is backed up over its cable and as a folder', () => {
  it('is stored once, whichever comes first', async () => {
    const cable = desk.pipeline([desk.source('cable', phone)]);
    await init(cable);
    await run(cable);
    const first = stored();
    const folder = await keepFolder(cable);
    const asFolder = desk.pipeline([desk.folderSource('finder', folder)]);
    const { outcomes } = await run(asFolder);
    expect(outcomes.map(({ status }) => status)).toEqual(['stored', 'stored']);
    // Another series of snapshots: the lists of the files, with the times of the folder.
    expect(stored() - first).toBeLessThan(first * 0.01);
    const second = stored();
    phone.takePhotos(1, 50_000);
    await run(cable);
    expect(stored() - second).toBeLessThan(50_000 * 2 + 200_000);
  });

  it('has the same tree both ways under one name, and a changed type costs nothing', async () => {
    const cable = desk.pipeline([desk.source('anna', phone)]);
    await init(cable);
    await run(cable);
    const [before, tree] = [stored(), await treeOf(cable)];
    const folder = await keepFolder(cable);
    const asFolder = desk.pipeline([desk.folderSource('anna', folder)]);
    await run(asFolder);
    expect(await treeOf(asFolder)).toBe(tree);
    // A snapshot file on its own.
    expect(stored() - before).toBeLessThan(2000);
    phone.edit(1);
    const report = await run(desk.pipeline([desk.source('anna', phone)]));
    expect(report.sources[0]?.captured?.counts.filesNew).toBe(0);
  });
});

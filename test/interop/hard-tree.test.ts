import { chmodSync, lstatSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BytePath, bytesFromText, setPathTimes, writeXattr } from '@triplicate/core';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { init, restoreFolder, run } from '../kit/commands.ts';
import { writeHardTree } from '../kit/hard-tree.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { complaints, isAtLeast, noRestic, restic, restics } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { compareRecords, countsOf, recordTree, type TreeRecord } from '../kit/tree-record.ts';

// In full size, with a real tree beside it: `npm run campaign -- hardcases`.

let temporary: TemporaryFolder;
let folder: string;
let record: TreeRecord;

beforeAll(async () => {
  temporary = await temporaryFolder();
  folder = join(temporary.path, 'hard');
  writeHardTree(folder, { seed: 3, percent: 0.05 });
  record = recordTree(folder);
  const pipeline = localPipeline({ home: temporary.path, paths: [folder], destinations: ['a'] });
  await init(pipeline);
  const { outcomes, sources } = await run(pipeline);
  expect(outcomes).toMatchObject([{ status: 'stored' }]);
  expect(sources).toMatchObject([{ captured: { unreadable: [] } }]);
});
afterAll(() => temporary[Symbol.asyncDispose]());

describe('a folder of everything that is hard to back up', () => {
  it('comes back entry by entry', async () => {
    const to = join(temporary.path, 'by us');
    const pipeline = localPipeline({ home: temporary.path, paths: [folder], destinations: ['a'] });
    const { problems } = await restoreFolder(pipeline, { snapshot: 'latest', folder, to });
    expect(problems).toEqual([]);
    expect(differences(folder, to)).toEqual([]);
    expect(countsOf(record)['names that are not UTF-8']).toBeGreaterThan(10);
    expect(countsOf(record)['further names of a file']).toBe(4);
  });

  it.skipIf(noRestic !== undefined).each(restics)('comes back by stock restic: $version', async (stock) => {
    const replica = join(temporary.path, 'a');
    expect(await complaints([replica], ['check', '--read-data'], [stock])).toEqual([]);
    const to = join(temporary.path, `by ${stock.version.slice(0, 13)}`);
    const { code, out } = await restic(replica, ['restore', 'latest', '--target', to], stock.program);
    expect({ code, out }).toMatchObject({ code: 0 });
    const found = compareRecords(record, recordTree(join(to, folder)));
    // Targets of links that are not UTF-8 are kept since 0.16.
    expect(found.filter((line) => isAtLeast(stock, '0.16') || !line.startsWith('link: links/symbolic 5 '))).toEqual([]);
    rmSync(to, { recursive: true });
  });
});

describe('the comparison of two folders', () => {
  const harms: readonly (readonly [string, (at: (name: string) => string) => void, string])[] = [
    ['a byte', (at) => writeFileSync(at('links/first'), 'x', { flag: 'r+' }), 'content: links/first'],
    ['a mode', (at) => chmodSync(at('empty'), 0o600), 'mode: empty'],
    ['a nanosecond', (at) => later(at('times/3')), 'time: times/3'],
    ['an attribute', (at) => setAttribute(at('attributes/file')), 'attributes: attributes/file'],
    ['a hard link', (at) => separate(at('links/second')), 'hard link: links/second'],
    ['an entry', (at) => unlinkSync(at('fifo')), 'only in the first: fifo'],
    ['one entry more', (at) => writeFileSync(at('many/more'), ''), 'only in the second: many/more'],
  ];

  it.each(harms)('sees %s', (_what, harm, expected) => {
    const own = join(temporary.path, 'harmed');
    writeHardTree(own, { seed: 3, percent: 0 });
    const before = recordTree(own);
    harm((name) => join(own, name));
    const found = compareRecords(before, recordTree(own));
    expect(found.some((line) => line.startsWith(expected))).toBe(true);
    rmSync(own, { recursive: true });
  });
});

const later = (path: string): void => {
  const { atimeNs, mtimeNs } = lstatSync(path, { bigint: true });
  setPathTimes(bytesFromText(path) as BytePath, { atimeNs, mtimeNs: mtimeNs + 1n });
};

const setAttribute = (path: string): void =>
  writeXattr(bytesFromText(path) as BytePath, bytesFromText('user.text'), Buffer.from('another'));

const separate = (path: string): void => {
  const bytes = readFileSync(path);
  unlinkSync(path);
  writeFileSync(path, bytes);
};

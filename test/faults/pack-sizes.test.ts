import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { readPacks } from '../../packages/core/src/run/check-data.ts';
import { Session } from '../../packages/core/src/run/session.ts';
import { init, run } from '../kit/commands.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { seededBytes } from '../kit/sample-tree.ts';

it('reads packs of all sizes into rooms of one, and tells one that is longer, shorter or damaged', async () => {
  await using folder = await temporaryFolder();
  const live = join(folder.path, 'live');
  mkdirSync(live);
  const pipeline = localPipeline({ home: folder.path, paths: [live], destinations: ['a'] });
  await init(pipeline);
  for (let i = 0; i < 6; i += 1) {
    writeFileSync(join(live, `file ${i}`), seededBytes(i, 50_000 * (i + 1)));
    await run(pipeline);
  }
  await using session = await Session.open(pipeline, { lock: 'read' });
  const [replica] = session.replicas;
  if (replica === undefined) throw new TypeError('no replica');
  const { packs: table } = session.index.table;
  const packs = Array.from({ length: table.count }, (_, pack) => ({ id: table.id(pack), size: table.size(pack) }));
  const said = async (these: typeof packs): Promise<readonly string[]> =>
    (await readPacks({ pipeline, replica, packs: these })).errors.map(({ message }) => message);
  expect(packs.length).toBeGreaterThan(6);
  expect(await said(packs)).toEqual([]);

  const [largest = { id: '', size: 0 }, second = largest] = packs.toSorted((a, b) => b.size - a.size);
  // The index speaks of a byte less than there is, of the largest that a room is made for.
  expect(await said([{ ...largest, size: largest.size - 1 }])).toEqual([
    expect.stringContaining(`it has more than the expected ${largest.size - 1} bytes`),
  ]);
  truncateSync(join(folder.path, 'a/data', second.id.slice(0, 2), second.id), second.size - 1);
  expect(await said(packs)).toEqual([
    expect.stringContaining(`it has ${second.size - 1} bytes, and ${second.size} were expected`),
  ]);
});

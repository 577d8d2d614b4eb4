import { appendFileSync, mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from '@triplicate/core';
import { temporaryFolder } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { init, run } from '../kit/commands.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { seededBytes } from '../kit/sample-tree.ts';

it('reads packs of all sizes into rooms of one, and says which is longer, shorter or damaged', async () => {
  await using folder = await temporaryFolder();
  const live = join(folder.path, 'live');
  const pipeline = localPipeline({ home: folder.path, paths: [live], destinations: ['a'] });
  mkdirSync(live);
  await init(pipeline);
  for (let i = 0; i < 6; i += 1) {
    writeFileSync(join(live, `file ${i}`), seededBytes(i, 50_000 * (i + 1)));
    await run(pipeline);
  }
  const [whole] = await check(pipeline, { readData: 'all', random: () => 0 });
  expect(whole).toMatchObject({ status: 'whole', errors: [] });
  const data = join(folder.path, 'a/data');
  const packs = readdirSync(data, { recursive: true, encoding: 'utf8' })
    .map((name) => join(data, name))
    .filter((path) => statSync(path).isFile())
    .toSorted((a, b) => statSync(a).size - statSync(b).size);
  const [shorter = '', longer = ''] = packs;
  const longest = packs.at(-1) ?? '';
  truncateSync(shorter, statSync(shorter).size - 1);
  for (const path of [longer, longest]) appendFileSync(path, 'x');
  const [bad] = await check(pipeline, { readData: 'all', random: () => 0 });
  const said = bad?.errors.map(({ message }) => message).join('\n') ?? '';
  expect(said).not.toContain('became shorter');
  for (const path of [shorter, longer, longest]) expect(said).toContain(path.split('/').at(-1)?.slice(0, 8));
  expect(
    bad?.errors.map(({ id }) => id).filter((id) => packs.slice(2, -1).some((path) => path.endsWith(id ?? '-'))),
  ).toEqual([]);
});

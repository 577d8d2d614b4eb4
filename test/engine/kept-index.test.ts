import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, type Pipeline, Session } from '@triplicate/core';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { init, run } from '../kit/commands.ts';
import { harm, objectsOf } from '../kit/damage.ts';
import { localPipeline } from '../kit/local-pipeline.ts';

let temporary: TemporaryFolder;
let warnings: string[];
let pipeline: Pipeline;

/** As many blobs as are worth to be kept. */
const files = 4200;

beforeEach(async () => {
  temporary = await temporaryFolder();
  warnings = [];
  const folder = join(temporary.path, 'data');
  mkdirSync(folder);
  for (let i = 0; i < files; i += 1) writeFileSync(join(folder, `${i}`), `file ${i}`);
  pipeline = localPipeline({
    home: temporary.path,
    paths: [folder],
    destinations: ['a'],
    emit: (event) => event.type === 'warning' && warnings.push(event.error.message),
    over: { indexFolder: join(temporary.path, 'indexes') },
  });
  await init(pipeline);
  await run(pipeline);
});
afterEach(() => temporary[Symbol.asyncDispose]());

/** How many blobs were read from index files. */
const readAnew = async (options: Partial<Parameters<typeof Session.open>[1]> = {}): Promise<number> => {
  await using session = await Session.open(pipeline, { lock: 'read', ...options });
  return session.index.anew;
};

it('is read once by commands, each time by those that look at what a destination has, and by a check that finds it damaged', async () => {
  expect(await readAnew()).toBeGreaterThan(files);
  expect(await readAnew()).toBe(0);
  expect(await readAnew({ uncached: true })).toBeGreaterThan(files);
  const [index = ''] = objectsOf(join(temporary.path, 'a'), 'index');
  // The files are all known, and so is where they stand.
  expect((await run(pipeline)).sources[0]?.captured?.counts.filesUnmodified).toBe(files);
  harm(index, 'flip', 0.5);
  // What the second run has added.
  expect(await readAnew()).toBeLessThan(10);
  expect(warnings).toEqual([]);
  const [checked] = await check(pipeline, { random: Math.random });
  expect(checked?.errors.map(({ message }) => message)).toContainEqual(expect.stringMatching(/index .* is damaged/));
});

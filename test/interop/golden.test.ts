import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { type BytePath, check, collect, restore, Session } from '@triplicate/core';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldenPipeline } from '../fixtures/golden-pipeline.ts';
import { goldenBytes, goldenNames } from '../fixtures/golden-source.ts';
import { run } from '../kit/commands.ts';
import { complaints } from '../kit/restic.ts';

const fixture = join(import.meta.dirname, '../fixtures/repository-v1');
const states = [1, 2] as const;

/** A repository that an earlier program wrote is read for ever; `test/fixtures/make-repository.ts` made this one. */
describe('the golden repository', () => {
  let temporary: TemporaryFolder;
  let home: string;

  beforeAll(async () => {
    temporary = await temporaryFolder();
    home = temporary.path;
    execFileSync('cp', ['-R', fixture, home]);
  });
  afterAll(() => temporary[Symbol.asyncDispose]());

  it('is whole, for us and for stock restic', async () => {
    const results = await check(goldenPipeline(home, 2), { readData: 'all', random: Math.random });
    expect(results).toMatchObject([{ status: 'whole', errors: [], snapshots: 2, packs: 4 }]);
    expect(await complaints([join(home, 'repository-v1')], ['check', '--read-data'])).toEqual([]);
  });

  it.each(states)('gives back every byte of state %i', async (state) => {
    await using session = await Session.open(goldenPipeline(home, state), { lock: 'read' });
    const snapshot = session.snapshots[state - 1];
    if (!snapshot) throw new TypeError('no such snapshot');
    expect(snapshot.file).toMatchObject({ hostname: 'golden', paths: ['/golden'] });
    expect(snapshot.file.tags).toEqual(['source:golden', `state ${state}`]);
    const reader = session.reader(snapshot);
    const { signal } = session.pipeline;
    const different: string[] = [];
    for (const name of goldenNames(state)) {
      const node = await reader.node(`golden/${name}` as BytePath);
      const bytes = node && (await collect(reader.read(node, { signal })));
      if (bytes?.equals(goldenBytes(state, name) ?? Buffer.alloc(0)) !== true) different.push(name);
    }
    expect(different).toEqual([]);
    const entries: string[] = [];
    for await (const { name } of reader.list('golden' as BytePath)) entries.push(name);
    expect(entries).toEqual([...goldenNames(state), 'link', 'pipe', 'sticky'].toSorted());
  });

  it.skipIf(platform() !== 'linux')('is restored with its names, kinds, modes, times and attributes', async () => {
    const to = join(home, 'restored');
    const pipeline = goldenPipeline(home, 2);
    const { problems } = await restore(pipeline, { snapshot: 'latest:golden', to, from: 'golden' as BytePath });
    // Where extended attributes cannot be set, that is told.
    expect(problems.filter(({ path }) => path !== 'golden/marked')).toEqual([]);
    const at = (name: string): Buffer => Buffer.concat([Buffer.from(`${to}/`), Buffer.from(name, 'latin1')]);
    const different = goldenNames(2).filter((name) => {
      const { mtimeNs, mode } = lstatSync(at(name), { bigint: true });
      const same = readFileSync(at(name)).equals(goldenBytes(2, name) ?? Buffer.alloc(0));
      return !same || mtimeNs !== 1_767_225_600_123_456_789n || mode !== (name === 'private' ? 0o100600n : 0o100644n);
    });
    expect(different).toEqual([]);
    expect(lstatSync(at('first of two names')).ino).toBe(lstatSync(at('second of two names')).ino);
    expect(readlinkSync(at('link'), 'latin1')).toBe('to nowhere/\xe9');
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
    expect(lstatSync(at('sticky')).mode & 0o7777).toBe(0o1777);
    expect(lstatSync(at('zeros')).size).toBe(300_000);
  });

  it('is continued: what is cut and named as it was then is not stored again', async () => {
    const { sources, outcomes } = await run(goldenPipeline(home, 2), { force: true });
    expect(outcomes.map(({ status }) => status)).toEqual(['stored']);
    expect(sources[0]?.captured?.counts).toMatchObject({
      filesNew: 0,
      filesUnmodified: goldenNames(2).length,
      dataBlobs: 0,
    });
    expect(await complaints([join(home, 'repository-v1')], ['check'])).toEqual([]);
  });
});

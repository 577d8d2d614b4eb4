/** Several passwords, and one after the other: stock restic says which of them open a repository. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addPassword, changePassword, listAllKeys, type Pipeline, removePassword } from '@triplicate/core';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { init, run } from '../kit/commands.ts';
import { cheapScrypt, localPipeline, password } from '../kit/local-pipeline.ts';
import { noRestic, restic, restics } from '../kit/restic.ts';

const places = ['a', 'b'] as const;

describe.skipIf(noRestic !== undefined)(`the passwords of a repository${noRestic ? `: ${noRestic}` : ''}`, () => {
  let folder: TemporaryFolder;
  let pipeline: (secret?: string, names?: readonly string[]) => Pipeline;

  beforeEach(async () => {
    folder = await temporaryFolder();
    const live = join(folder.path, 'live');
    mkdirSync(live);
    writeFileSync(join(live, 'file'), 'content');
    pipeline = (secret = password, names = places) =>
      localPipeline({
        home: folder.path,
        paths: [live],
        destinations: names,
        over: { password: () => Promise.resolve(secret) },
      });
    await init(pipeline());
    await run(pipeline());
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  /** The places that every restic opens with it, after it listed the snapshots there; the others refuse it. */
  const opensWith = async (secret: string): Promise<string[]> => {
    const file = join(folder.path, 'secret');
    writeFileSync(file, secret);
    const opened: string[] = [];
    for (const place of places) {
      const codes: number[] = [];
      for (const { program } of restics) {
        const { code, out } = await restic(join(folder.path, place), ['snapshots', '--password-file', file], program);
        if (code !== 0) expect(out).toMatch(/wrong password or no key found/);
        codes.push(code);
      }
      if (codes.every((code) => code === 0)) opened.push(place);
      else expect(codes).not.toContain(0);
    }
    return opened;
  };

  it('may be several, and one that was taken away opens nothing', async () => {
    await addPassword(pipeline(), 'a second one', cheapScrypt);
    expect(await opensWith(password)).toEqual(['a', 'b']);
    expect(await opensWith('a second one')).toEqual(['a', 'b']);
    const keys = await listAllKeys(pipeline('a second one'));
    // One key of it takes it away on every destination.
    const old = keys.find(({ current }) => !current);
    await removePassword(pipeline('a second one'), old?.id ?? '');
    expect(await opensWith(password)).toEqual([]);
    expect(await opensWith('a second one')).toEqual(['a', 'b']);
    expect((await run(pipeline('a second one'))).quorumHeld).toBe(true);
  });

  it('is another one after a change, and the old one is refused', async () => {
    const changes = await changePassword(pipeline(), 'the new one', cheapScrypt);
    expect(changes.map(({ destination, error }) => [destination, error])).toEqual([
      ['a', undefined],
      ['b', undefined],
    ]);
    expect(await opensWith(password)).toEqual([]);
    expect(await opensWith('the new one')).toEqual(['a', 'b']);
    expect((await listAllKeys(pipeline('the new one'))).map(({ current }) => current)).toEqual([true, true]);
    await expect(run(pipeline())).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
    expect((await run(pipeline('the new one'))).quorumHeld).toBe(true);
  });

  it('stays the old one where a replica was away, which is still used with the new one', async () => {
    await changePassword(pipeline(password, ['a']), 'the new one', cheapScrypt);
    expect([await opensWith(password), await opensWith('the new one')]).toEqual([['b'], ['a']]);
    const { outcomes } = await run(pipeline('the new one'));
    expect(outcomes.map(({ status }) => status)).toEqual(['stored', 'stored']);
    await expect(changePassword(pipeline('the new one'), 'the new one', cheapScrypt)).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});

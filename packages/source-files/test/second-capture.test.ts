import { bytesFromText, writeXattr } from '@triplicate/core';
import { chmodSync, linkSync, lstatSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { below } from './below.ts';
import { capture, temporaryFolder } from './open-source.ts';
import { type Entry, Recorder } from './recorder.ts';

const hasXattrs = platform() !== 'win32';

describe('a second capture', () => {
  const setUp = (path: string): void => {
    for (const name of ['a', 'b']) mkdirSync(join(path, name));
    for (const name of ['a/1', 'a/2', 'b/3', 'c', 'd']) writeFileSync(join(path, name), name);
  };

  /** Of a folder in which one file has an extended attribute that whoever made the capture could not see. */
  const captureBlind = async (path: string): Promise<{ first: Recorder; tagged: string; ctimeNs: bigint }> => {
    setUp(path);
    const tagged = join(path, 'd');
    writeXattr(bytesFromText(tagged), bytesFromText('user.tag'), Buffer.from('red'));
    const first = await capture({ paths: [path] });
    const entry = first.at(tagged.slice(1));
    const { extendedAttributes, ...info } = entry?.info ?? { mode: 0, mtimeNs: 0n };
    expect([...(extendedAttributes?.keys() ?? [])]).toEqual(['user.tag']);
    if (entry) first.entries.set(bytesFromText(tagged.slice(1)), { ...entry, info });
    return { first, tagged, ctimeNs: info.ctimeNs ?? 0n };
  };

  it('keeps what is unchanged, and puts what has another size, time or inode, or is new', async () => {
    using folder = temporaryFolder();
    setUp(folder.path);
    const first = await capture({ paths: [folder.path] });
    writeFileSync(join(folder.path, 'a/2'), 'longer');
    utimesSync(join(folder.path, 'b/3'), 1, 1);
    const { atime, mtime } = lstatSync(join(folder.path, 'c'));
    writeFileSync(join(folder.path, 'new'), 'c');
    utimesSync(join(folder.path, 'new'), atime, mtime);
    renameSync(join(folder.path, 'new'), join(folder.path, 'c'));
    writeFileSync(join(folder.path, 'bb'), '');
    const second = await capture({ paths: [folder.path] }, new Recorder(first));
    const kept = [...second.entries].filter(([, entry]) => entry.kept).map(([path]) => path.slice(folder.path.length));
    expect(kept).toEqual(['a/1', 'd']);
    expect(second.entries.size).toBe(first.entries.size + 1);
  });

  it('leaves nothing as it was that has another mode, link count or extended attribute', async () => {
    using folder = temporaryFolder();
    setUp(folder.path);
    const first = await capture({ paths: [folder.path] });
    const at = (name: string): string => join(folder.path, name);
    chmodSync(at('a/1'), 0o600);
    linkSync(at('c'), at('cc'));
    if (hasXattrs) writeXattr(bytesFromText(at('d')), bytesFromText('user.tag'), Buffer.from('red'));
    const second = await capture({ paths: [folder.path] }, new Recorder(first));
    const entry = (name: string): Entry | undefined => second.at(at(name).slice(1));
    expect(['a/1', 'c', 'd'].map((name) => entry(name)?.kept)).toEqual([undefined, undefined, undefined]);
    // A clock that tells nothing of it: what is compared is the entry itself.
    const blind = await capture({ paths: [folder.path], ignoreCtime: true }, new Recorder(first));
    const seen = (name: string): Entry | undefined => blind.at(at(name).slice(1));
    expect(seen('a/1')).toMatchObject({ kept: true, info: { mode: 0o600 } });
    expect(seen('c')).toMatchObject({ kept: true, info: { links: 2n } });
    expect([...(seen('d')?.info.extendedAttributes?.keys() ?? [])]).toEqual(hasXattrs ? ['user.tag'] : []);
  });

  it.skipIf(!hasXattrs)('stores an extended attribute that whoever ran before could not see (needs them)', async () => {
    using folder = temporaryFolder();
    const { first, tagged } = await captureBlind(folder.path);
    const second = await capture({ paths: [folder.path] }, new Recorder(first));
    expect(second.at(tagged.slice(1))).toMatchObject({ kept: true });
    expect([...(second.at(tagged.slice(1))?.info.extendedAttributes?.keys() ?? [])]).toEqual(['user.tag']);
  });

  it.skipIf(platform() !== 'linux')('asks for none where the ctime says that they are the same (Linux)', async () => {
    using folder = temporaryFolder();
    const { first, tagged, ctimeNs } = await captureBlind(folder.path);
    const seen = async (readAfterMs: number): Promise<number> => {
      const attributesReadAt = ctimeNs + BigInt(readAfterMs) * 1_000_000n;
      const second = await capture({ paths: [folder.path] }, Object.assign(new Recorder(first), { attributesReadAt }));
      return second.at(tagged.slice(1))?.info.extendedAttributes?.size ?? 0;
    };
    expect(await seen(60_000)).toBe(0);
    expect(await seen(500), 'in the same tick').toBe(1);
  });

  it('reads a file whose content a destination lacks, though it is unchanged', async () => {
    using folder = temporaryFolder();
    setUp(folder.path);
    const second = new Recorder(await capture({ paths: [folder.path] }));
    second.keeps = 'read-it';
    await capture({ paths: [folder.path] }, second);
    expect([...second.entries.values()].filter(({ local }) => local !== undefined)).toHaveLength(5);
  });

  it('asks nothing of the previous snapshot about a folder that was a file, or about a file that was a folder', async () => {
    using folder = temporaryFolder();
    setUp(folder.path);
    const first = await capture({ paths: [folder.path] });
    rmSync(join(folder.path, 'a'), { recursive: true });
    rmSync(join(folder.path, 'c'));
    writeFileSync(join(folder.path, 'a'), '');
    mkdirSync(join(folder.path, 'c'));
    writeFileSync(join(folder.path, 'c/x'), '');
    const second = await capture({ paths: [folder.path] }, new Recorder(first));
    expect(below(second, folder.path)).toEqual(['a', 'b', 'b/3', 'c', 'c/x', 'd']);
  });
});

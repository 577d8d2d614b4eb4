import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import type * as Fs from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bytesFromText } from '../../src/bytes.ts';
import { FolderScan } from '../../src/engine/folder-scan.ts';
import { FolderLook } from '../../src/engine/look-at-folder.ts';
import type { LookOrders } from '../../src/engine/messages.ts';
import { ctimeTellsXattrs } from '../../src/posix/ctime-tells.ts';
import { type FolderCalls, folderCalls } from '../../src/posix/folder-calls.ts';
import { encodeTree } from '../../src/repository/tree.ts';
import { temporaryFolder } from '../../src/testing/index.ts';
import { nodeNow } from '../kit/node-now.ts';

const listing = vi.hoisted(() => ({ isTwice: false }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>();
  const readdirSync = (...from: Parameters<typeof fs.readdirSync>): unknown[] => {
    const names: unknown[] = fs.readdirSync(...from);
    return listing.isTwice ? [...names, ...names] : names;
  };
  return { ...fs, readdirSync };
});

const rules: LookOrders = {
  patterns: [],
  home: '/',
  base: '/',
  excludeLargerThan: undefined,
  oneFileSystem: false,
  marks: [],
  attributesReadAt: BigInt(Date.now() + 3_600_000) * 1_000_000n,
};

const names = ['a', 'b', 'new'];

const folderOf = (parent: string): string => {
  const folder = join(parent, 'folder');
  mkdirSync(folder);
  for (const name of names) writeFileSync(join(folder, name), '');
  return folder;
};

/** The names of what is not the same, and whether the kernel was of use. */
const look = async (folder: string, createScan: Parameters<typeof FolderLook.open>[2]): Promise<unknown> => {
  const localPath = bytesFromText(folder);
  const nodes = ['a', 'b'].map((name) => nodeNow(localPath, { name: bytesFromText(name), ids: [] }));
  const one = await FolderLook.open({ neededBy: () => 0 }, rules, createScan);
  const looked = one.at({ path: bytesFromText('folder'), localPath, tree: encodeTree(nodes) });
  return looked?.parts?.flatMap(({ name }) => name ?? []);
};

afterEach(() => {
  listing.isTwice = false;
  vi.restoreAllMocks();
});

describe('a name that a file system lists twice', () => {
  it('is one entry for who lists the folder with Node', async () => {
    await using temporary = await temporaryFolder();
    const folder = folderOf(temporary.path);
    listing.isTwice = true;
    expect(await look(folder, () => undefined)).toEqual(['new']);
  });

  it.skipIf(platform() !== 'linux' || !ctimeTellsXattrs(tmpdir()))('is one entry for the kernel', async () => {
    await using temporary = await temporaryFolder();
    const folder = folderOf(temporary.path);
    const [another, calls] = [openSync(folder, 'r'), folderCalls()];
    if (calls === undefined) throw new TypeError('no calls');
    const list = calls.list.bind(calls);
    vi.spyOn(calls, 'list').mockImplementation((...where) => list(...where) || list(another, ...rest(where)));
    let found: unknown;
    const scanned = await look(folder, (...given) => {
      const scan = FolderScan.create(...given);
      return scan && { at: (...which) => (found = scan.at(...which)) as ReturnType<FolderScan['at']> };
    });
    closeSync(another);
    expect(found, 'the kernel was of use').toBeDefined();
    expect(scanned).toEqual(['new']);
  });
});

type Where = Parameters<FolderCalls['list']>;
const rest = ([, ...where]: Where): [Where[1], Where[2]] => where;

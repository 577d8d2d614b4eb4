import type { Stats } from 'ssh2';
import { bodyOf, systemClock } from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { status } from '../src/errors.ts';
import type { SftpSession } from '../src/session.ts';
import { StoreObject } from '../src/store-object.ts';

const refusal = (code: number): Error => Object.assign(new Error('refused'), { code });

/** A server that loses sight of the first `lost` files that are to get their names. */
const forgetfulServer = (files: Map<string, Buffer>, lost: number): SftpSession => {
  let losses = 0;
  const contentOf = (path: string): Buffer => {
    const content = files.get(path);
    if (content === undefined) throw refusal(status.noSuchFile);
    return content;
  };
  const session: Partial<SftpSession> = {
    open: async (path, flags) => {
      if (flags === 'wx') files.set(path, Buffer.alloc(0));
      return Buffer.from(path);
    },
    write: async (handle, piece, position) => {
      files.set(String(handle), Buffer.concat([contentOf(String(handle)).subarray(0, position), piece]));
    },
    sync: async () => undefined,
    close: async () => undefined,
    stat: async (path) => ({ size: contentOf(path).byteLength }) as Stats,
    readFolder: async () => [],
    remove: async (path) => {
      contentOf(path);
      files.delete(path);
    },
    replace: async (from, to) => {
      losses += 1;
      if (losses <= lost) files.delete(from);
      files.set(to, contentOf(from));
      files.delete(from);
    },
  };
  return session as SftpSession;
};

const store = (session: SftpSession) =>
  new StoreObject({ clock: systemClock, links: false }).store('folder/object', {
    session,
    body: bodyOf(Buffer.from('new')),
    ifAbsent: false,
    signal: new AbortController().signal,
  });

const textOf = (files: ReadonlyMap<string, Buffer>): Record<string, string> =>
  Object.fromEntries([...files].map(([path, content]) => [path, content.toString()]));

describe('a server that loses sight of a file that was just written', () => {
  it('is given it again', async () => {
    const files = new Map([['folder/object', Buffer.from('old')]]);
    expect((await store(forgetfulServer(files, 2))).size).toBe(3);
    expect(textOf(files)).toStrictEqual({ 'folder/object': 'new' });
  });

  it('is not asked for ever, and keeps what was there', async () => {
    const files = new Map([['folder/object', Buffer.from('old')]]);
    await expect(store(forgetfulServer(files, Number.POSITIVE_INFINITY))).rejects.toMatchObject({
      code: status.noSuchFile,
    });
    expect(textOf(files)).toStrictEqual({ 'folder/object': 'old' });
  });
});

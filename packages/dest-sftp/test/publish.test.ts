import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { status } from '../src/errors.ts';
import { publish } from '../src/publish.ts';
import type { SftpSession } from '../src/session.ts';

const refusal = (code: number): Error => Object.assign(new Error('refused'), { code });

/** A server without the extension by which a file takes another's place. Each request takes some turns, so that others come between. */
const oldServer = (files: Map<string, string>, refusesRenames = false): SftpSession => {
  const turn = async <T>(act: () => T): Promise<T> => {
    await setTimeout(0);
    return act();
  };
  const contentOf = (path: string): string => {
    const content = files.get(path);
    if (content === undefined) throw refusal(status.noSuchFile);
    return content;
  };
  const session: Pick<SftpSession, 'replace' | 'rename' | 'remove' | 'stat'> = {
    replace: () => Promise.reject(refusal(status.unsupported)),
    rename: (from, to) =>
      turn(() => {
        const content = contentOf(from);
        if (files.has(to) || refusesRenames) throw refusal(status.failure);
        files.set(to, content);
        files.delete(from);
      }),
    remove: (path) =>
      turn(() => {
        contentOf(path);
        files.delete(path);
      }),
    stat: (path) => turn(() => contentOf(path) as never),
  };
  return session as SftpSession;
};

describe('a server that renames only to where nothing is', () => {
  it('takes one whole file of many that get the same name at once', async () => {
    const names = Array.from({ length: 20 }, (_, number) => `temporary-${number}`);
    const files = new Map([['object', 'old'], ...names.map((name) => [name, name] as const)]);
    const session = oldServer(files);
    await Promise.all(names.map((name) => publish(session, name, 'object')));
    expect([...files.keys()]).toStrictEqual(['object']);
    expect(names).toContain(files.get('object'));
  });

  it('tells the refusal that has another reason than the name, and leaves what is there', async () => {
    const files = new Map([['temporary', 'new']]);
    await expect(publish(oldServer(files, true), 'temporary', 'object')).rejects.toMatchObject({
      code: status.failure,
    });
    expect([...files]).toStrictEqual([['temporary', 'new']]);
  });

  it('takes nothing away when the finished file itself is gone', async () => {
    const files = new Map([['object', 'old']]);
    await expect(publish(oldServer(files), 'temporary', 'object')).rejects.toMatchObject({ code: status.noSuchFile });
    expect([...files]).toStrictEqual([['object', 'old']]);
  });
});

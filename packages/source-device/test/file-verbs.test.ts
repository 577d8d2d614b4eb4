import { describe, expect, it } from 'vitest';
import { bytesFromText, systemClock } from '@triplicate/core';
import { RecordingBuilder } from '@triplicate/core/testing';
import type { PlistValue } from '@triplicate/plist';
import { BuilderTree } from '../src/backup/builder-tree.ts';
import type { DeviceLink } from '../src/backup/device-link.ts';
import { FileVerbs } from '../src/backup/file-verbs.ts';
import { lockdownError } from '../src/lockdown/lockdown-error.ts';

const udid = '00008110-0000000000000001';

/** The computer's side alone; `said` is what it answered. */
const open = (): { verbs: FileVerbs; tree: BuilderTree; said: PlistValue[][] } => {
  const said: PlistValue[][] = [];
  const tree = new BuilderTree(new RecordingBuilder({ base: 'previous' }), systemClock);
  const status = (...answer: PlistValue[]): Promise<void> => {
    said.push(answer);
    return Promise.resolve();
  };
  const link = { status } as unknown as DeviceLink;
  const freeBytes = (): Promise<undefined> => Promise.resolve(undefined);
  const { signal } = new AbortController();
  return { verbs: new FileVerbs({ link, tree, udid, signal, freeBytes, received: () => {} }), tree, said };
};

describe('the verbs of a phone', () => {
  it('put no folder into itself, and leave alone what goes to where it stands', async () => {
    const { verbs, tree, said } = open();
    await verbs.handle(['DLMessageCreateDirectory', `${udid}/A/x`]);
    await verbs.handle(['DLMessageMoveItems', { [`${udid}/A`]: `${udid}/A` }]);
    await verbs.handle(['DLMessageCopyItem', `${udid}/A`, `${udid}/A`]);
    expect(said.map(([code]) => code)).toEqual([0, 0, 0]);
    await verbs.handle(['DLMessageCopyItem', `${udid}/A`, `${udid}/A/B`]);
    await verbs.handle(['DLMessageMoveItems', { [`${udid}/A`]: `${udid}/A/B` }]);
    expect(said.slice(3).map(([code, text]) => [code, text])).toEqual(
      Array(2).fill([-11, 'the phone wanted to put a folder into itself']),
    );
    expect(verbs.failure).toMatchObject({ code: 'UNSUPPORTED' });
    expect((await tree.node(bytesFromText(`MobileSync/${udid}/A/x`)))?.type).toBe('dir');
  });

  it('leave the folder of the backup a folder: no file takes its place', async () => {
    const { verbs, tree } = open();
    await verbs.handle(['DLMessageCreateDirectory', `${udid}/A/x`]);
    const outside = 'the phone named a place outside its own backup';
    await expect(verbs.handle(['DLMessageMoveItems', { [`${udid}/A/x`]: udid }])).rejects.toThrow(outside);
    await expect(verbs.handle(['DLMessageMoveItems', { [udid]: `${udid}-2` }])).rejects.toThrow(outside);
    await expect(verbs.handle(['DLMessageCopyItem', `${udid}/A`, `${udid}/`])).rejects.toThrow(outside);
    expect((await tree.node(bytesFromText(`MobileSync/${udid}/A/x`)))?.type).toBe('dir');
    // It may make it, and begin anew.
    await verbs.handle(['DLMessageCreateDirectory', udid]);
    await verbs.handle(['DLMessageRemoveItems', [udid]]);
    expect(verbs.failure).toBeUndefined();
  });

  it('are answered whatever they are called', async () => {
    const { verbs, said } = open();
    for (const name of ['constructor', '__proto__', 'hasOwnProperty', '__defineGetter__', 'DLMessageSing'])
      expect(await verbs.handle([name, 1])).toBe(true);
    expect(said).toEqual(Array(5).fill([-1, 'Operation not supported', {}]));
    expect(lockdownError('constructor', 'a phone', 'Pair')).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'a phone answered Pair with "constructor"',
    });
  });
});

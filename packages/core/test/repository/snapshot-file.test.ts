import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSnapshot, encodeSnapshot, type SnapshotFile } from '../../src/repository/snapshot-file.ts';
import { anyId } from './support/arbitraries.ts';
import { assert } from './support/assert.ts';

const id = 'ab'.repeat(32);
const time = '2026-11-29T04:29:56.123456789+01:00';
const whole: SnapshotFile = {
  time,
  parent: id,
  tree: id,
  paths: ['/home/änna <x>'],
  hostname: 'laptop',
  username: 'anna',
  uid: 1000,
  gid: 1000,
  excludes: ['*.tmp'],
  tags: ['source:documents'],
  original: id,
  programVersion: 'triplicate 0.1.0',
  summary: {
    backupStart: time,
    backupEnd: time,
    filesNew: 1,
    filesChanged: 2,
    filesUnmodified: 3,
    dirsNew: 4,
    dirsChanged: 5,
    dirsUnmodified: 6,
    dataBlobs: 7,
    treeBlobs: 8,
    dataAdded: 9,
    dataAddedPacked: 10,
    totalFilesProcessed: 11,
    totalBytesProcessed: 12,
  },
};

describe('a snapshot', () => {
  it('has the fields in the order of restic', () => {
    expect(encodeSnapshot(whole).toString()).toBe(
      `{"time":"${time}","parent":"${id}","tree":"${id}","paths":["/home/änna \\u003cx\\u003e"],"hostname":"laptop",` +
        `"username":"anna","uid":1000,"gid":1000,"excludes":["*.tmp"],"tags":["source:documents"],"original":"${id}",` +
        `"program_version":"triplicate 0.1.0","summary":{"backup_start":"${time}","backup_end":"${time}","files_new":1,` +
        `"files_changed":2,"files_unmodified":3,"dirs_new":4,"dirs_changed":5,"dirs_unmodified":6,"data_blobs":7,` +
        `"tree_blobs":8,"data_added":9,"data_added_packed":10,"total_files_processed":11,"total_bytes_processed":12}}`,
    );
  });

  it('leaves out what is zero, as restic does', () => {
    const bare = { time, tree: id, paths: [], uid: 0, gid: 0, tags: [], hostname: '' };
    expect(encodeSnapshot(bare).toString()).toBe(`{"time":"${time}","tree":"${id}","paths":[]}`);
  });

  it('comes back as it was', () => {
    expect(decodeSnapshot(encodeSnapshot(whole))).toEqual(whole);
    const texts = fc.array(
      fc.string({ unit: 'binary', minLength: 1 }).map((text) => text.toWellFormed()),
      { minLength: 1 },
    );
    const any = fc.record(
      {
        time: fc.constant(time),
        tree: anyId,
        paths: texts,
        tags: texts,
        parent: anyId,
        uid: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      },
      { requiredKeys: ['time', 'tree', 'paths'] },
    );
    assert.holds(any, (snapshot) => expect(decodeSnapshot(encodeSnapshot(snapshot))).toEqual(snapshot));
  });

  it('is read with fields that are not known, and with null for absent ones', () => {
    const json = JSON.stringify({ time, tree: id, paths: null, parent: null, summary: null, new: {}, tags: null });
    expect(decodeSnapshot(Buffer.from(json))).toEqual({ time, tree: id, paths: [] });
  });

  it.each([
    ['no tree', { tree: undefined }],
    ['a tree that is no id', { tree: 'abc' }],
    ['no time', { time: undefined }],
    ['an impossible time', { time: 'now' }],
    ['a path that is no text', { paths: [1] }],
    ['a tag list that is none', { tags: 'x' }],
    ['a negative uid', { uid: -1 }],
    ['a parent that is no id', { parent: '' }],
    ['a summary that is none', { summary: [] }],
    ['a counter that is none', { summary: { ...whole.summary, backup_start: time, backup_end: time, files_new: 'x' } }],
  ])('with %s is refused', async (_what, change) => {
    const json = JSON.stringify({ time, tree: id, paths: [], ...change });
    await assert.fails(() => decodeSnapshot(Buffer.from(json)), 'CORRUPT');
  });

  it('fails with nothing but CORRUPT on any JSON', () => {
    assert.holds(fc.json(), (json) => assert.survives(() => decodeSnapshot(Buffer.from(json))));
    assert.holds(fc.string(), (text) => assert.survives(() => decodeSnapshot(Buffer.from(text))));
  });
});

import { PlistUid, writeBinaryPlist } from '@triplicate/plist';
import type { PlistValue } from '@triplicate/plist';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArchivedObject, unarchive } from '../../src/decode/keyed-archive.ts';
import { decodeLinkPreview } from '../../src/decode/link-preview.ts';
import { decodeTranscript } from '../../src/decode/transcript.ts';
import { decodeFileRecord } from '../../src/manifest/file-record.ts';
import { readMbdb } from '../../src/manifest/mbdb.ts';
import { buildBackup, fileRecord } from '../fixtures/backup-builder.ts';
import { fuzz } from '../fixtures/fuzz.ts';
import { archive, randomArchive } from '../fixtures/keyed-archive-writer.ts';
import { signal } from '../fixtures/signal.ts';
import { collect } from '@triplicate/core';

const seed = Number(process.env['FUZZ_SEED'] ?? 20261129);

describe('a keyed archive', () => {
  it('gives back whatever was archived', () => {
    const leaf = fc.oneof(
      fc.string({ maxLength: 20 }).filter((s) => s !== '$null'),
      fc.integer(),
      fc.boolean(),
      fc.uint8Array({ maxLength: 20 }),
      fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }),
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc
          .dictionary(fc.string({ maxLength: 8 }), tie('value'), { maxKeys: 4, noNullPrototype: true })
          .map((o) => new Map(Object.entries(o))),
      ),
    }));
    fc.assert(
      fc.property(value, (input) => {
        expect(unarchive(archive(input))).toEqual(input instanceof Uint8Array ? Buffer.from(input) : plain(input));
      }),
      { seed, numRuns: 300 },
    );
  });

  it('that contains itself ends', () => {
    const loop: PlistValue[] = [
      '$null',
      { $class: new PlistUid(2), 'NS.objects': [new PlistUid(1), new PlistUid(1)] },
      { $classname: 'NSArray' },
    ];
    expect(unarchive(writeBinaryPlist({ $top: { root: new PlistUid(1) }, $objects: loop }))).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('that would unfold without end is unfolded once', () => {
    const objects: PlistValue[] = ['$null', { $classname: 'NSArray' }];
    for (let n = 0; n < 60; n++)
      objects.push({ $class: new PlistUid(1), 'NS.objects': [new PlistUid(n + 3), new PlistUid(n + 3)] });
    objects.push('end');
    const begun = performance.now();
    expect(() => unarchive(writeBinaryPlist({ $top: { root: new PlistUid(2) }, $objects: objects }))).toThrow(
      'nested too deeply',
    );
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('keeps objects of other classes with their fields, and refuses what is no archive', () => {
    const custom = writeBinaryPlist({
      $top: { root: new PlistUid(1) },
      $objects: ['$null', { $class: new PlistUid(2), x: 1 }, { $classname: 'Thing' }],
    });
    expect(unarchive(custom)).toEqual(new ArchivedObject('Thing', new Map([['x', 1]])));
    for (const bad of [
      Buffer.alloc(0),
      Buffer.from('<plist><string>x</string></plist>'),
      writeBinaryPlist({ $top: {} }),
      writeBinaryPlist([1]),
    ]) {
      expect(() => unarchive(bad)).toThrow(expect.objectContaining({ code: 'CORRUPT' }));
    }
  });

  it('never crashes or hangs when it is damaged', () => {
    const seeds = [
      archive(
        new Map<string, unknown>([
          ['title', 'x'],
          ['list', [1, 'two', new Map([['URL', 'https://a.example']])]],
        ]),
      ),
      archive(['a', new Date(0), Buffer.from([1, 2, 3])]),
    ];
    const all = (bytes: Buffer): unknown => [unarchive(bytes), decodeLinkPreview(bytes), decodeTranscript(bytes)];
    expect(fuzz(all, seeds, 10_000, seed).refused).toBeGreaterThan(500);
    expect(fuzz(all, randomArchive, 10_000, seed).read).toBeGreaterThan(500);
  });
});

describe("a file's record in the manifest", () => {
  const record = fileRecord({
    entry: { domain: 'D', path: 'a/b', bytes: Buffer.alloc(3), modified: 1_600_000_000 },
    key: Buffer.alloc(44, 7),
  });

  it('is read whole', () => {
    const details = decodeFileRecord(record);
    expect(details).toMatchObject({
      size: 3,
      mode: 0o100644,
      protectionClass: 3,
      modified: new Date(1_600_000_000_000),
      born: new Date(1_599_999_940_000),
    });
    expect(details.encryptionKey).toHaveLength(44);
    expect(details.digest).toHaveLength(20);
  });

  it('never crashes or hangs when it is damaged', () => {
    expect(fuzz(decodeFileRecord, [record], 10_000, seed).refused).toBeGreaterThan(500);
    expect(fuzz(decodeFileRecord, randomArchive, 10_000, seed).read).toBeGreaterThan(500);
  });
});

describe('a Manifest.mbdb', () => {
  it('never crashes or hangs when it is damaged', async () => {
    const files = buildBackup({
      layout: 'mbdb',
      entries: [
        { domain: 'A', path: 'x', bytes: Buffer.from('x') },
        { domain: 'B', path: 'y', linkTarget: 'z' },
      ],
    });
    const data = await collect(files.open('Manifest.mbdb', { signal }));
    expect([...readMbdb(data)].map(({ domain, path, kind }) => [domain, path, kind])).toEqual([
      ['A', 'x', 'file'],
      ['B', 'y', 'link'],
    ]);
    expect(
      fuzz((bytes) => [...readMbdb(bytes)].map((entry) => entry.details()), [data], 20_000, seed).refused,
    ).toBeGreaterThan(1000);
  });
});

/** Buffers where the archive gives buffers, all the way down. */
const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof Map ? new Map([...value].map(([key, inner]) => [key, plain(inner)])) : value;
};

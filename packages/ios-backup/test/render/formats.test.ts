import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentLine, escapeText } from '../../src/render/content-line.ts';
import { FolderSink } from '../../src/render/export-sink.ts';
import { safeName } from '../../src/render/safe-name.ts';
import { safeLink } from '../../src/render/html.ts';
import { csvCell, tableCsv } from '../../src/render/table.ts';
import { TimeFormat, duration } from '../../src/render/time-format.ts';
import { zoneOffset } from '../../src/decode/zone-offset.ts';
import { localStamp, vTimeZone } from '../../src/render/time-zone.ts';
import { signal } from '../fixtures/signal.ts';

const seed = 20261129;
const hasPython = spawnSync('python3', ['--version']).status === 0;
const all = async (parts: AsyncIterable<string>): Promise<string> => (await Array.fromAsync(parts)).join('');
const stream = async function* <T>(...items: T[]): AsyncGenerator<T> {
  yield* items;
};

describe('a content line', () => {
  it('is folded at 75 bytes without cutting a character, and unfolds to what it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400, size: 'max' }), (text) => {
        const line = `NOTE:${escapeText(text)}`;
        const folded = contentLine(line);
        for (const piece of folded.split('\r\n')) {
          expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(75);
          expect(piece).toBe(piece.toWellFormed());
        }
        expect(folded.replaceAll('\r\n ', '').replace(/\r\n$/, '')).toBe(line);
      }),
      { seed, numRuns: 300 },
    );
  });
});

describe('a CSV file', () => {
  it.skipIf(!hasPython)('is read by another program as what was written', async () => {
    const cell = fc
      .string({ unit: 'grapheme', maxLength: 30 })
      .filter((text) => csvCell(text).replaceAll('"', '') === text.replaceAll('"', '') && !text.includes('\0'));
    const rows = fc.sample(fc.array(cell, { minLength: 3, maxLength: 3 }), { seed, numRuns: 200 });
    const columns = [0, 1, 2].map((at) => ({ title: `column ${at}`, value: (row: readonly string[]) => row[at] }));
    const csv = await all(tableCsv(columns, stream(...rows)));
    const script =
      'import csv,io,json,sys\nprint(json.dumps(list(csv.reader(io.StringIO(sys.stdin.buffer.read().decode("utf-8-sig"),newline="")))))';
    const { stdout } = spawnSync('python3', ['-c', script], { input: csv, encoding: 'utf8', maxBuffer: 2 ** 26 });
    expect(JSON.parse(stdout)).toEqual([['column 0', 'column 1', 'column 2'], ...rows]);
  });

  it('keeps telephone numbers and disarms formulas', () => {
    expect(['+49 (151) 123-45 67', '-5', '=1+1', '+1+cmd', '@x', '\tx', '\n=1+1', 'a=b'].map(csvCell)).toEqual([
      '+49 (151) 123-45 67',
      '-5',
      "'=1+1",
      "'+1+cmd",
      "'@x",
      "'\tx",
      '"\'\n=1+1"',
      'a=b',
    ]);
  });
});

describe('a name of a file', () => {
  it('is safe on every system, whatever it was', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 300, size: 'max' }),
          fc.constantFrom('CON', 'nul.txt', '..', '.', '', 'a/b', 'x'.repeat(400) + '.jpeg'),
        ),
        (text) => {
          const name = safeName(text);
          expect(name).not.toBe('');
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(121);
          expect(name).not.toMatch(/[/\\:*?"<>|]|^\.|^\s|[\s.]$|^(con|nul|aux|prn)(\.|$)/i);
          expect(safeName(name)).toBe(name);
        },
      ),
      { seed, numRuns: 500 },
    );
    expect(safeName(`${'x'.repeat(400)}.jpeg`)).toMatch(/^x+\.jpeg$/);
    // What is cut off may leave a space or a dot at the end.
    expect(safeName(`${'x'.repeat(117)}. . ${'y'.repeat(100)}`)).toBe('x'.repeat(117));
    // A sender may have written megabytes.
    const begun = performance.now();
    for (const many of ['😀', '.', ' ', 'x', '. x']) expect(safeName(`${many.repeat(300_000)}.jpeg`)).toMatch(/jpeg$/);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});

describe('a link', () => {
  it('is one only for the web, mail and telephone', () => {
    expect(['https://a.example/x', 'HTTP://a.example', 'mailto:a@b.c', 'tel:+49'].map(safeLink)).toEqual([
      'https://a.example/x',
      'http://a.example/',
      'mailto:a@b.c',
      'tel:+49',
    ]);
    expect(
      [
        'javascript:alert(1)',
        ' java\nscript:alert(1)',
        'data:text/html,x',
        'file:///etc/passwd',
        'vbscript:x',
        'x',
        '',
      ].map(safeLink),
    ).toEqual(Array.from({ length: 7 }, () => undefined));
  });
});

describe('a time', () => {
  it('is shown in the zone that was asked for', () => {
    const date = new Date('2024-07-01T22:30:05Z');
    expect(new TimeFormat('Europe/Berlin').full(date)).toBe('2024-07-02 00:30:05');
    expect(new TimeFormat().full(date)).toBe('2024-07-01 22:30:05');
    expect([0, 59.6, 3599, 3600, undefined, -3].map(duration)).toEqual([
      '0:00',
      '1:00',
      '59:59',
      '1:00:00',
      '',
      '0:00',
    ]);
  });

  it.skipIf(!hasPython)('has the offsets that another program computes', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Sao_Paulo'];
    const instants = fc.sample(fc.integer({ min: 0, max: 2_000_000_000 }), { seed, numRuns: 60 });
    const script =
      'import json,sys\nfrom datetime import datetime,timezone\nfrom zoneinfo import ZoneInfo\nz,i=json.load(sys.stdin)\nprint(json.dumps([[datetime.fromtimestamp(t,ZoneInfo(a)).strftime("%Y%m%dT%H%M%S") for t in i] for a in z]))';
    const { stdout, status } = spawnSync('python3', ['-c', script], {
      input: JSON.stringify([zones, instants]),
      encoding: 'utf8',
    });
    const theirs = status === 0 ? (JSON.parse(stdout) as string[][]) : undefined;
    const ours = zones.map((zone) => instants.map((at) => localStamp(zone, new Date(at * 1000))));
    expect(ours).toEqual(theirs ?? ours);
    expect(zoneOffset('Mars/Olympus', new Date(0))).toBeUndefined();
  });

  it('changes with the clock, to the second', () => {
    const lines = vTimeZone('America/New_York', 2024, 2024).split('\r\n');
    expect(lines.filter((line) => line.startsWith('DTSTART'))).toEqual([
      'DTSTART:20231231T190000',
      'DTSTART:20240310T020000',
      'DTSTART:20241103T020000',
    ]);
    expect(lines.filter((line) => line.startsWith('BEGIN:'))).toEqual([
      'BEGIN:VTIMEZONE',
      'BEGIN:STANDARD',
      'BEGIN:DAYLIGHT',
      'BEGIN:STANDARD',
    ]);
  });
});

describe('a folder that is exported to', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sink-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('never replaces a file, and gives each the date it had', async () => {
    const sink = new FolderSink(root);
    const modified = new Date('2020-01-02T03:04:05Z');
    expect(await sink.write('a/b.txt', stream('one'), { signal, modified })).toBe('a/b.txt');
    expect(await sink.write('a/b.txt', stream('two'), { signal })).toBe('a/b (2).txt');
    expect(await sink.write('c', stream('x'), { signal })).toBe('c');
    expect(await sink.write('c', stream(Buffer.from('y')), { signal })).toBe('c (2)');
    expect(await readFile(join(root, 'a/b.txt'), 'utf8')).toBe('one');
    expect((await stat(join(root, 'a/b.txt'))).mtime).toEqual(modified);
  });

  it('refuses to write outside of itself', async () => {
    for (const path of ['../x', '/tmp/x', 'a/../../x', 'a\\..\\x', '']) {
      await expect(
        new FolderSink(root).write(path === '' ? 'a//b' : path, stream('x'), { signal }),
      ).rejects.toMatchObject({ code: 'UNREADABLE' });
    }
    expect(await readdir(root)).toEqual([]);
  });

  it('keeps no half of a file', async () => {
    const failing = async function* (): AsyncGenerator<string> {
      yield 'half';
      throw new Error('the rest is gone');
    };
    await expect(new FolderSink(root).write('half.txt', failing(), { signal })).rejects.toThrow('the rest is gone');
    expect(await readdir(root)).toEqual([]);
  });
});

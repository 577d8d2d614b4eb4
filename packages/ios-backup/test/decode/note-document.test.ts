import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeNote, noteLines } from '../../src/decode/note-document.ts';
import { decodeTable } from '../../src/decode/note-table.ts';
import { fuzz } from '../fixtures/fuzz.ts';
import { message } from '../fixtures/protobuf-writer.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 20261129);
const folder = join(import.meta.dirname, '../third-party/apple_cloud_notes_parser');
const blob = (name: string): Buffer => readFileSync(join(folder, name));
const plain = (name: string): string =>
  decodeNote(blob(name))
    .map((run) => run.text)
    .join('');

describe('a note of a real device', () => {
  it('gives its text, zipped or not', () => {
    expect(plain('simple_note_protobuf_gzipped.bin')).toBe(plain('simple_note_protobuf.bin'));
    expect(plain('simple_note_protobuf.bin')).toMatchInlineSnapshot(`"Title"`);
  });

  it('gives wide characters, emoji, links and decorations', () => {
    const read = Object.fromEntries(
      [
        'wide_characters_gzipped.bin',
        'emoji_formatting_1_gzipped.bin',
        'text_decorations_gzipped.bin',
        'url_gzipped.bin',
        'block_quotes_gzipped.bin',
      ].map((name) => [
        name,
        decodeNote(blob(name)).map((run) =>
          [
            JSON.stringify(run.text),
            run.style,
            run.bold && 'bold',
            run.italic && 'italic',
            run.underlined && 'underlined',
            run.struck && 'struck',
            run.quoted && 'quoted',
            run.link,
          ]
            .filter(Boolean)
            .join(' '),
        ),
      ]),
    );
    expect(read).toMatchSnapshot();
  });

  it('gives its lists with their indents', () => {
    expect(
      noteLines(decodeNote(blob('list_indents_gzipped.bin'))).map(
        (line) => `${line.style} ${line.indent} ${line.runs.map((r) => r.text).join('')}`,
      ),
    ).toMatchSnapshot();
  });

  it('gives its tables, cell by cell', () => {
    const cells = (name: string): string[][] =>
      decodeTable(blob(name)).map((row) => row.map((cell) => cell.map((run) => run.text).join('')));
    expect(cells('table_gzipped.bin')).toMatchInlineSnapshot(`
      [
        [
          "Row 1 Column 1",
          "Row 1 Column 2",
        ],
        [
          "Row 2 Column 1",
          "Row 2 Column 2",
        ],
      ]
    `);
    expect(cells('right_to_left_table_gzipped.bin')).toMatchInlineSnapshot(`
      [
        [
          "اول",
          "",
        ],
        [
          "",
          "نهاية",
        ],
      ]
    `);
    expect(cells('table_formats_gzipped.bin')).toMatchSnapshot();
  });
});

describe('a note', () => {
  const note = (text: string, ...runs: Buffer[]): Buffer =>
    message([2, message([2, 1], [3, message([2, text], ...runs.map((run) => [5, run] as const))])]);

  it('is cut into runs by UTF-16 units, and nothing of the text is lost', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }), { maxLength: 8 }),
        fc.string(),
        (parts, rest) => {
          const built = note(parts.join('') + rest, ...parts.map((part) => message([1, part.length])));
          const runs = decodeNote(gzipSync(built));
          expect(runs.map((run) => run.text).join('')).toBe(parts.join('') + rest);
          expect(runs.slice(0, parts.length).map((run) => run.text)).toEqual(parts);
          expect(
            noteLines(runs)
              .map((line) => line.runs.map((run) => run.text).join(''))
              .join('\n'),
          ).toBe(parts.join('') + rest);
        },
      ),
      { seed, numRuns: 200 },
    );
  });

  it('has checklists that are done or not', () => {
    const item = (length: number, done: number): Buffer =>
      message([1, length], [2, message([1, 103], [5, message([1, 'uuid'], [2, done])])]);
    const lines = noteLines(decodeNote(note('milk\nbread', item(5, 1), item(5, 0))));
    expect(lines.map(({ style, done, runs }) => [style, done, runs[0]?.text])).toEqual([
      ['checklist', true, 'milk'],
      ['checklist', false, 'bread'],
    ]);
  });

  it('keeps the style of a line that is empty', () => {
    const styled = (length: number, style: number): Buffer => message([1, length], [2, message([1, style])]);
    const lines = noteLines(decodeNote(note('a\n\nb', styled(2, 0), styled(1, 100), styled(1, 101))));
    expect(lines.map(({ style }) => style)).toEqual(['title', 'dotted', 'dashed']);
  });

  it('that would unpack to more than is allowed is refused', () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024));
    expect(() => decodeNote(bomb)).toThrow(expect.objectContaining({ code: 'CORRUPT' }));
  });

  it('never crashes or hangs when it is damaged', () => {
    const seeds = readdirSync(folder)
      .filter((name) => name.endsWith('.bin'))
      .map(blob);
    const unpacked = seeds.map((data) => (data[0] === 0x1f ? gunzipSync(data) : data));
    const both = (bytes: Buffer): unknown => [noteLines(decodeNote(bytes)), 1];
    expect(fuzz(both, unpacked, 10_000, seed).inputs).toBe(10_000);
    expect(fuzz(decodeTable, unpacked, 10_000, seed).inputs).toBe(10_000);
  });
});

import { expect, it } from 'vitest';
import type { NoteLine, ParagraphStyle } from '../../src/decode/note-document.ts';
import { noteMarkdown } from '../../src/render/note-render.ts';
import { TimeFormat } from '../../src/render/time-format.ts';

const line = (text: string, style: ParagraphStyle = 'body'): NoteLine => {
  const common = { style, indent: 0, done: undefined, quoted: false } as const;
  const run = { ...common, text, bold: false, italic: false, underlined: false, struck: false, link: undefined };
  return { ...common, runs: [{ ...run, attachment: undefined }] };
};

const markdown = (...lines: NoteLine[]): string =>
  noteMarkdown(
    {
      id: '1',
      title: 't',
      folder: undefined,
      account: undefined,
      created: undefined,
      modified: undefined,
      pinned: false,
      deleted: false,
      locked: false,
      passwordHint: undefined,
      unreadable: undefined,
      lines,
      objects: new Map(),
    },
    { time: new TimeFormat('UTC'), written: new Map() },
  );

it.each([
  ['- milk', '\\- milk'],
  ['+ eggs', '\\+ eggs'],
  ['1986. A great year', '1986\\. A great year'],
  ['7) seventh', '7\\) seventh'],
  ['---', '\\---'],
  ['===', '\\==='],
  ['    four spaces', '&nbsp;&nbsp;&nbsp;&nbsp;four spaces'],
  ['\tand a tab - ', '&nbsp;&nbsp;&nbsp;&nbsp;and a tab - '],
  ['3.14 and well-known', '3.14 and well-known'],
])('%j in a note is words in Markdown, and no mark', (text, expected) => {
  expect(markdown(line(text))).toBe(`${expected}\n\n`);
  expect(markdown(line(text, 'dotted'))).toBe(`- ${expected}\n`);
});

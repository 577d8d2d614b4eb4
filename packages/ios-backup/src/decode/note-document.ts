import { BackupError } from '@triplicate/core';
import { gunzipUpTo } from './gunzip.ts';
import { Message } from './protobuf.ts';

const largestNote = 64 * 1024 * 1024;
const mostRuns = 200_000;

export type ParagraphStyle =
  'title' | 'heading' | 'subheading' | 'body' | 'monospaced' | 'dotted' | 'dashed' | 'numbered' | 'checklist';

/** A stretch of a note with one set of attributes. */
export interface NoteRun {
  readonly text: string;
  readonly style: ParagraphStyle;
  readonly indent: number;
  /** Only on a checklist. */
  readonly done: boolean | undefined;
  readonly bold: boolean;
  readonly italic: boolean;
  readonly underlined: boolean;
  readonly struck: boolean;
  readonly quoted: boolean;
  readonly link: string | undefined;
  /** The text is one U+FFFC then, which stands for this object. */
  readonly attachment: { readonly id: string; readonly type: string } | undefined;
}

const styles = new Map<number, ParagraphStyle>([
  [0, 'title'],
  [1, 'heading'],
  [2, 'subheading'],
  [4, 'monospaced'],
  [100, 'dotted'],
  [101, 'dashed'],
  [102, 'numbered'],
  [103, 'checklist'],
]);

/** The runs of `ZICNOTEDATA.ZDATA`: gzip around protobuf, text at document (2) → note (3). CORRUPT when there is no note in it. */
export const decodeNote = (data: Uint8Array): NoteRun[] => {
  const note = new Message(gunzipUpTo(data, largestNote)).at(2, 3);
  if (note === undefined) throw new BackupError('CORRUPT', 'a note has no document');
  return noteRuns(note);
};

/** Text (2) and attribute runs (5); lengths count UTF-16 units. Text beyond the last run keeps the style "body". */
export const noteRuns = (note: Message): NoteRun[] => {
  const text = note.string(2) ?? '';
  const messages = note.messages(5);
  if (messages.length > mostRuns) throw new BackupError('CORRUPT', `a note has ${messages.length} runs`);
  const runs: NoteRun[] = [];
  let at = 0;
  for (const run of messages) {
    const length = run.number(1) ?? 0;
    if (length <= 0 || at >= text.length) continue;
    runs.push({ text: text.slice(at, at + length), ...attributes(run) });
    at += length;
  }
  if (at < text.length) runs.push({ text: text.slice(at), ...attributes(new Message(Buffer.alloc(0))) });
  return runs;
};

const attributes = (run: Message): Omit<NoteRun, 'text'> => {
  const paragraph = run.message(2);
  const checklist = paragraph?.message(5);
  const weight = run.number(5) ?? 0;
  const attachment = run.message(12);
  return {
    style: styles.get(paragraph?.number(1) ?? -1) ?? 'body',
    indent: Math.min(Math.max(paragraph?.number(4) ?? 0, 0), 20),
    done: checklist === undefined ? undefined : (checklist.number(2) ?? 0) !== 0,
    bold: weight === 1 || weight === 3,
    italic: weight === 2 || weight === 3,
    underlined: (run.number(6) ?? 0) !== 0,
    struck: (run.number(7) ?? 0) !== 0,
    quoted: (paragraph?.number(8) ?? 0) !== 0,
    link: run.string(9),
    attachment:
      attachment === undefined ? undefined : { id: attachment.string(1) ?? '', type: attachment.string(2) ?? '' },
  };
};

export interface NoteLine {
  readonly style: ParagraphStyle;
  readonly indent: number;
  readonly done: boolean | undefined;
  readonly quoted: boolean;
  readonly runs: readonly NoteRun[];
}

/** The same runs, cut into lines; a line's style is that of its first character, its line break included. */
export const noteLines = (runs: readonly NoteRun[]): NoteLine[] => {
  const lines: NoteRun[][] = [[]];
  for (const run of runs) {
    const pieces = run.text.split('\n');
    pieces.forEach((text, index) => {
      if (index > 0) lines.push([]);
      if (text !== '' || index < pieces.length - 1) lines.at(-1)?.push({ ...run, text });
    });
  }
  return lines.map((line) => {
    const { style = 'body', indent = 0, done, quoted = false } = line[0] ?? {};
    return { style, indent, done, quoted, runs: line.filter((run) => run.text !== '') };
  });
};

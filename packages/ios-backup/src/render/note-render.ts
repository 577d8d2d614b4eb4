import type { NoteLine, NoteRun } from '../decode/note-document.ts';
import { stateWords } from '../records/attachment.ts';
import type { WrittenFiles } from '../records/attachment.ts';
import type { Note, NoteObject } from '../records/notes/note.ts';
import { fileAnchor, fileLink, isInert, isShown, markup, safeLink } from './html.ts';
import type { Markup } from './html.ts';
import { markdownText } from './table.ts';
import type { TimeFormat } from './time-format.ts';

export interface NoteView {
  readonly time: TimeFormat;
  /** Where the file of an object was written, relative to the page. */
  readonly written: WrittenFiles;
}

export const noteStyle = `
:root { color-scheme: light dark } body { font: 16px/1.5 system-ui, sans-serif; max-width: 44em; margin: 2em auto; padding: 0 1em }
.who { color: #777; font-size: .85em } pre, .l { white-space: pre-wrap; overflow-wrap: anywhere; min-height: 1em } blockquote { border-inline-start: 3px solid #999; margin-inline: 0; padding-inline-start: 1em }
table { border-collapse: collapse; margin: .5em 0 } td { border: 1px solid #999; padding: .3em .6em; vertical-align: top } img { max-width: 100% } footer { margin-top: 3em; color: #777; font-size: .85em; white-space: pre-wrap }`;

const marks: Partial<Record<NoteLine['style'], string>> = { dotted: '•', dashed: '–' };

/** The body of a note as HTML: one block a line, so that nothing that is in the text can break out of it. */
export const noteHtml = (note: Note, view: NoteView): Markup => {
  const about = [
    note.folder,
    note.account,
    view.time.full(note.modified),
    note.locked ? 'locked' : '',
    note.deleted ? 'deleted' : '',
  ];
  const problem =
    note.unreadable === undefined ? undefined : markup`<p>This note could not be read: ${note.unreadable}</p>\n`;
  const lines = numbered(note.lines).map(([line, number]) => lineHtml(line, number, { note, view }));
  return markup`<p class="who">${about.filter(Boolean).join(' · ')}</p>\n${problem}${lines}`;
};

interface Inside {
  readonly note: Note;
  readonly view: NoteView;
}

/** Numbers for the lines of numbered lists; a list ends where another style begins. */
const numbered = (lines: readonly NoteLine[]): [NoteLine, number][] => {
  const counts = new Map<number, number>();
  return lines.map((line) => {
    if (line.style !== 'numbered') counts.clear();
    const count = (counts.get(line.indent) ?? 0) + 1;
    counts.set(line.indent, count);
    for (const deeper of counts.keys()) if (deeper > line.indent) counts.delete(deeper);
    return [line, count];
  });
};

const lineHtml = (line: NoteLine, number: number, inside: Inside): Markup => {
  const content = markup`${line.runs.map((run) => runHtml(run, inside))}`;
  if (line.style === 'title') return markup`<h1 dir="auto">${content}</h1>\n`;
  if (line.style === 'heading') return markup`<h2 dir="auto">${content}</h2>\n`;
  if (line.style === 'subheading') return markup`<h3 dir="auto">${content}</h3>\n`;
  if (line.style === 'monospaced') return markup`<pre dir="auto">${content}</pre>\n`;
  if (line.quoted) return markup`<blockquote dir="auto">${content}</blockquote>\n`;
  const mark =
    line.style === 'checklist'
      ? line.done === true
        ? '☑'
        : '☐'
      : line.style === 'numbered'
        ? `${number}.`
        : marks[line.style];
  const before = mark === undefined ? undefined : `${mark} `;
  return markup`<div class="l" dir="auto" style="margin-inline-start:${line.indent * 2}em">${before}${content}</div>\n`;
};

const runHtml = (run: NoteRun, inside: Inside): Markup => {
  const object = run.attachment === undefined ? undefined : inside.note.objects.get(run.attachment.id);
  if (run.attachment !== undefined) return objectHtml(object ?? { kind: 'unknown', type: run.attachment.type }, inside);
  const href = run.link === undefined ? undefined : safeLink(run.link);
  let styled = markup`${run.text}`;
  if (run.bold) styled = markup`<b>${styled}</b>`;
  if (run.italic) styled = markup`<i>${styled}</i>`;
  if (run.underlined) styled = markup`<u>${styled}</u>`;
  if (run.struck) styled = markup`<s>${styled}</s>`;
  return href === undefined ? styled : markup`<a href="${href}" rel="noreferrer noopener">${styled}</a>`;
};

const objectHtml = (object: NoteObject, inside: Inside): Markup => {
  if (object.kind === 'text') return markup`${object.text}`;
  if (object.kind === 'unknown') return markup`<i>[${object.type}, which is not decoded]</i>`;
  if (object.kind === 'table') {
    const cell = (runs: readonly NoteRun[]): Markup =>
      markup`<td dir="auto">${runs.map((run) => runHtml(run, inside))}</td>`;
    return markup`<table>${object.table.map((row) => markup`<tr>${row.map(cell)}</tr>`)}</table>`;
  }
  if (object.kind === 'link') {
    const href = safeLink(object.url);
    return href === undefined
      ? markup`${object.url}`
      : markup`<a href="${href}" rel="noreferrer noopener">${object.title ?? object.url}</a>`;
  }
  const path = inside.view.written.get(object.file);
  if (path === undefined) return markup`<i>📎 ${object.file.name} (${stateWords[object.file.state]})</i>`;
  return isShown(path)
    ? markup`<img loading="lazy" src="${fileLink(path)}" alt="${object.file.name}">`
    : markup`📎 ${fileAnchor(path, object.file.name)}`;
};

/** Plain text: lists with their marks, checklists as `[x]`, objects by name; with `written`, where each file went, or why there is none. */
export const noteText = (note: Note, written?: WrittenFiles): string => {
  if (note.unreadable !== undefined) return `(this note could not be read: ${note.unreadable})\n`;
  return numbered(note.lines)
    .map(([line, number]) => {
      const mark =
        line.style === 'checklist'
          ? line.done === true
            ? '[x] '
            : '[ ] '
          : line.style === 'numbered'
            ? `${number}. `
            : line.style in marks
              ? '- '
              : '';
      return `${'    '.repeat(line.indent)}${mark}${line.runs.map((run) => runText(run, note, written)).join('')}\n`;
    })
    .join('');
};

const runText = (run: NoteRun, note: Note, written: WrittenFiles | undefined): string => {
  if (run.attachment === undefined) return run.text;
  const object = note.objects.get(run.attachment.id);
  if (object === undefined || object.kind === 'unknown')
    return `[${object?.type ?? run.attachment.type}, which is not decoded]`;
  if (object.kind === 'text') return object.text;
  if (object.kind === 'link') return [object.title, object.url].filter(Boolean).join(' ');
  if (object.kind === 'file') {
    const where = written && ` (${written.get(object.file) ?? stateWords[object.file.state]})`;
    return `[${object.file.name}${where ?? ''}]`;
  }
  return `\n${object.table.map((row) => row.map((cell) => cell.map((part) => runText(part, note, written)).join('')).join('\t')).join('\n')}\n`;
};

/** Markdown as GitHub reads it. */
export const noteMarkdown = (note: Note, view: NoteView): string => {
  if (note.unreadable !== undefined) return `*This note could not be read: ${markdownText(note.unreadable)}*\n`;
  return numbered(note.lines)
    .map(([line, number]) => lineMarkdown(line, number, { note, view }))
    .join('')
    .replaceAll(/\n{3,}/g, '\n\n');
};

const headings: Partial<Record<NoteLine['style'], string>> = { title: '# ', heading: '## ', subheading: '### ' };

const lineMarkdown = (line: NoteLine, number: number, inside: Inside): string => {
  const content = notAMark(line.runs.map((run) => runMarkdown(run, inside)).join(''));
  if (line.style === 'monospaced') return `    ${line.runs.map((run) => run.text).join('')}\n`;
  const indent = '    '.repeat(line.indent);
  if (line.style === 'checklist') return `${indent}- [${line.done === true ? 'x' : ' '}] ${content}\n`;
  if (line.style === 'numbered') return `${indent}${number}. ${content}\n`;
  if (line.style in marks) return `${indent}- ${content}\n`;
  return `${line.quoted ? '> ' : (headings[line.style] ?? '')}${content}\n\n`;
};

/** Words that Markdown would read as the beginning of a list, a rule or code. */
const notAMark = (content: string): string =>
  content.trim() === ''
    ? content
    : content
        .replace(/^[ \t]+/, (space) => '&nbsp;'.repeat(space.replaceAll('\t', '    ').length))
        .replace(/^((?:&nbsp;)*)([-+=])/, '$1\\$2')
        .replace(/^((?:&nbsp;)*\d{1,9})([.)])(?=\s|$)/, '$1\\$2');

const runMarkdown = (run: NoteRun, { note, view }: Inside): string => {
  const object = run.attachment === undefined ? undefined : note.objects.get(run.attachment.id);
  if (run.attachment !== undefined) return objectMarkdown(object, run, { note, view });
  const space = /^(\s*)(.*?)(\s*)$/s.exec(run.text);
  const around = `${run.bold ? '**' : ''}${run.italic ? '*' : ''}${run.struck ? '~~' : ''}`;
  const words = space?.[2] ?? run.text;
  const marked =
    words === ''
      ? ''
      : `${around}${markdownText(words)}${[...around.matchAll(/\*\*|\*|~~/g)].map(String).toReversed().join('')}`;
  const href = run.link === undefined ? undefined : safeLink(run.link);
  const linked = href === undefined || words === '' ? marked : `[${marked}](<${href}>)`;
  return `${space?.[1] ?? ''}${linked}${space?.[3] ?? ''}`;
};

const objectMarkdown = (object: NoteObject | undefined, run: NoteRun, inside: Inside): string => {
  if (object?.kind === 'table') {
    const rows = object.table.map(
      (row) => `| ${row.map((cell) => cell.map((part) => runMarkdown(part, inside)).join('')).join(' | ')} |`,
    );
    return `\n\n${[rows[0], `|${' --- |'.repeat(object.table[0]?.length ?? 0)}`, ...rows.slice(1)].join('\n')}\n\n`;
  }
  if (object?.kind === 'link') return `[${markdownText(object.title ?? object.url)}](<${safeLink(object.url) ?? ''}>)`;
  const path = object?.kind === 'file' ? inside.view.written.get(object.file) : undefined;
  if (object?.kind === 'file' && path !== undefined && !isInert(path))
    return markdownText(`${object.file.name}, ${path}`);
  if (object?.kind === 'file' && path !== undefined)
    return `${/\.(jpe?g|png|gif|webp)$/i.test(path) ? '!' : ''}[${markdownText(object.file.name)}](<${fileLink(path)}>)`;
  return markdownText(runText(run, inside.note, inside.view.written));
};

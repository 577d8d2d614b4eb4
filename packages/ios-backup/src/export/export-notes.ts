import type { WrittenFiles } from '../records/attachment.ts';
import type { Note } from '../records/notes/note.ts';
import { safeName } from '../render/safe-name.ts';
import { fileLink, markup, pageEnd, pageHeading, pageStart } from '../render/html.ts';
import { recordsJson } from '../render/json.ts';
import { noteHtml, noteMarkdown, noteStyle, noteText } from '../render/note-render.ts';
import { reportFooter } from '../render/report-text.ts';
import { markdownText } from '../render/table.ts';
import type { ExportContext } from './export-context.ts';

/** A file for each note in a folder for each of its folders, with an index; or one JSON document. */
export const exportNotes = async (notes: AsyncIterable<Note>, context: ExportContext): Promise<void> => {
  const { format, sink, signal, tally } = context;
  if (format === 'json') {
    await sink.write(
      'notes.json',
      recordsJson('notes', withFiles(notes, context), () => tally.report()),
      { signal },
    );
    return;
  }
  const written: { readonly note: Note; readonly path: string }[] = [];
  for await (const note of notes) {
    await writeObjects(note, context);
    const folder = note.deleted ? 'Recently deleted' : safeName(note.folder ?? 'Notes');
    const path = await sink.write(`${folder}/${safeName(note.title)}.${format}`, page(note, context), {
      signal,
      modified: note.modified,
    });
    written.push({ note, path });
  }
  const lines = async function* (): AsyncGenerator<string> {
    if (format === 'html') {
      yield pageStart('Notes', noteStyle) + pageHeading('Notes');
      for (const { note, path } of written)
        yield markup`<p dir="auto"><a href="${fileLink(path)}">${note.title}</a> <span class="who">${context.time.full(note.modified)}</span></p>\n`.toString();
      yield pageEnd(markup`${reportFooter(tally.report())}`);
    } else {
      for (const { path } of written) yield `${path}\n`;
      yield `\n${reportFooter(tally.report())}`;
    }
  };
  await sink.write(`index.${format === 'html' ? 'html' : 'txt'}`, lines(), { signal });
};

const writeObjects = async (note: Note, { files, signal }: ExportContext): Promise<void> => {
  const folder = `attachments/${safeName(note.title)}`;
  for (const object of note.objects.values()) {
    if (object.kind === 'file') await files.write(object.file, { folder, modified: note.modified, signal });
  }
};

async function* page(note: Note, context: ExportContext): AsyncGenerator<string> {
  // A note stands one folder below the attachments.
  const written: WrittenFiles = {
    get: (file) => {
      const path = context.files.written.get(file);
      return path === undefined ? undefined : `../${path}`;
    },
  };
  const view = { time: context.time, written };
  if (context.format === 'txt') yield noteText(note, written);
  else if (context.format === 'md')
    yield note.lines.some((line) => line.style === 'title')
      ? noteMarkdown(note, view)
      : `# ${markdownText(note.title)}\n\n${noteMarkdown(note, view)}`;
  else {
    yield pageStart(note.title, noteStyle);
    if (note.lines[0]?.style !== 'title') yield pageHeading(note.title);
    yield noteHtml(note, view).toString();
    yield pageEnd(markup`<a href="../index.html">All notes</a>`);
  }
}

async function* withFiles(notes: AsyncIterable<Note>, context: ExportContext): AsyncGenerator<object> {
  for await (const note of notes) {
    await writeObjects(note, context);
    const objects = [...note.objects].map(([id, object]) => [
      id,
      object.kind === 'file' ? { ...object, path: context.files.written.get(object.file) } : object,
    ]);
    yield { ...note, objects: Object.fromEntries(objects) as object };
  }
}

import { BackupError } from '@triplicate/core';
import { gunzipUpTo } from './gunzip.ts';
import { noteRuns } from './note-document.ts';
import type { NoteRun } from './note-document.ts';
import { Message } from './protobuf.ts';

const largestTable = 64 * 1024 * 1024;
const mostCells = 100_000;

/** Rows of cells, each cell as runs of text, in the order they are read (right-to-left tables keep the order of their columns). */
export type NoteTable = readonly (readonly (readonly NoteRun[])[])[];

/**
 * A table of a note (`ZMERGEABLEDATA1`). It is a set of objects that refer to one another by number: the root names the ordered sets of
 * row and column identities and a dictionary column → (row → text). CORRUPT when that shape is not there.
 */
export const decodeTable = (data: Uint8Array): NoteTable => {
  const objects = new Message(gunzipUpTo(data, largestTable)).at(2, 3);
  if (objects === undefined) throw new BackupError('CORRUPT', 'a table has no objects');
  return new TableReader(objects).table();
};

class TableReader {
  readonly #entries: readonly Message[];
  readonly #keys: readonly string[];
  readonly #types: readonly string[];
  readonly #uuids: readonly string[];

  constructor(objects: Message) {
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
    this.#entries = objects.messages(3);
    this.#keys = objects.allBytes(4).map(text);
    this.#types = objects.allBytes(5).map(text);
    this.#uuids = objects.allBytes(6).map((uuid) => Buffer.from(uuid).toString('hex'));
  }

  table(): NoteTable {
    const root = this.#entries.find(
      (entry) => this.#types[entry.message(13)?.number(1) ?? -1] === 'com.apple.notes.ICTable',
    );
    const fields = root === undefined ? undefined : this.#fields(root);
    const rows = this.#order(fields?.get('crRows'));
    const columns = this.#order(fields?.get('crColumns'));
    if (rows === undefined || columns === undefined)
      throw new BackupError('CORRUPT', 'a table has no rows or no columns');
    if (rows.places * columns.places > mostCells) throw new BackupError('CORRUPT', 'a table is too large');
    const table = Array.from({ length: rows.places }, () =>
      Array.from({ length: columns.places }, (): NoteRun[] => []),
    );
    for (const [columnKey, rowsOfColumn] of this.#pairs(fields?.get('cellColumns'))) {
      const column = columns.at.get(this.#uuidOf(columnKey) ?? '');
      for (const [rowKey, cell] of this.#pairs(rowsOfColumn)) {
        const row = table[rows.at.get(this.#uuidOf(rowKey) ?? '') ?? -1];
        const note = cell?.message(10);
        if (row !== undefined && column !== undefined && note !== undefined) row[column] = noteRuns(note);
      }
    }
    return table;
  }

  /** The named fields of a custom map (13): key number → object. */
  #fields(entry: Message): Map<string, Message | undefined> {
    const map = new Map<string, Message | undefined>();
    for (const field of entry.message(13)?.messages(3) ?? []) {
      map.set(this.#keys[field.number(1) ?? -1] ?? '', this.#object(field.message(2)));
    }
    return map;
  }

  /** An ordered set (16): identity → place. Identities that merged into another one stand for the same place. */
  #order(
    entry: Message | undefined,
  ): { readonly places: number; readonly at: ReadonlyMap<string, number> } | undefined {
    const set = entry?.message(16);
    if (set === undefined) return undefined;
    const at = new Map<string, number>();
    const attachments = set.at(1, 1)?.messages(2) ?? [];
    for (const attachment of attachments) at.set(Buffer.from(attachment.bytes(2) ?? []).toString('hex'), at.size);
    const places = at.size;
    for (const pair of set.at(1, 2)?.messages(1) ?? []) {
      const key = this.#uuidOf(this.#object(pair.message(1)));
      const place = at.get(this.#uuidOf(this.#object(pair.message(2))) ?? '') ?? at.get(key ?? '');
      const value = this.#uuidOf(this.#object(pair.message(2)));
      const known = at.get(key ?? '') ?? place;
      if (value !== undefined && known !== undefined) at.set(value, known);
    }
    return { places, at };
  }

  /** The pairs of a dictionary (6). */
  *#pairs(entry: Message | undefined): Generator<[Message | undefined, Message | undefined]> {
    for (const pair of entry?.message(6)?.messages(1) ?? [])
      yield [this.#object(pair.message(1)), this.#object(pair.message(2))];
  }

  /** Where an object id (6: number of an entry) leads. */
  #object(id: Message | undefined): Message | undefined {
    return this.#entries[id?.number(6) ?? -1];
  }

  /** The identity that a custom map stands for: its first entry's value (2) is a number in the list of identities. */
  #uuidOf(entry: Message | undefined): string | undefined {
    return this.#uuids[entry?.message(13)?.message(3)?.message(2)?.number(2) ?? -1];
  }
}

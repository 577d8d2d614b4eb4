import { int, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import type { Schema } from '../../sqlite/schema.ts';

const table = 'ZICCLOUDSYNCINGOBJECT';

/** The entities of the one table that holds everything; their numbers differ between versions and are read from the database. */
const entities = ['ICNote', 'ICFolder', 'ICAccount', 'ICAttachment', 'ICInlineAttachment', 'ICMedia'] as const;
type Entity = (typeof entities)[number];

/** `NoteStore.sqlite`: finds the columns that this version of it uses, and answers by entity. */
export class NoteStore {
  readonly schema: Schema;
  readonly #entities = new Map<string, number>();

  constructor(schema: Schema) {
    this.schema = schema;
    schema.require('Z_PRIMARYKEY', 'Z_ENT', 'Z_NAME');
    schema.require(table, 'Z_PK', 'Z_ENT', 'ZIDENTIFIER');
    schema.require('ZICNOTEDATA', 'ZNOTE', 'ZDATA');
    for (const row of schema.rows('SELECT Z_ENT AS id, Z_NAME AS name FROM Z_PRIMARYKEY')) {
      this.#entities.set(text(row['name']) ?? '', int(row['id']) ?? -1);
    }
  }

  entity(name: Entity): number {
    return this.#entities.get(name) ?? -1;
  }

  /** The first of these columns that any row of the entity fills: several attributes share a name and are told apart by a number. */
  used(entity: Entity, ...candidates: readonly string[]): string[] {
    const columns = this.schema.columns(table);
    const filled = candidates.filter((column) => {
      if (!columns.has(column)) return false;
      return (
        this.schema.lookup(
          `SELECT 1 FROM ${table} WHERE Z_ENT = ? AND ${column} IS NOT NULL LIMIT 1`,
          this.entity(entity),
        ).length > 0
      );
    });
    return filled.length > 0 ? filled : candidates.filter((column) => columns.has(column));
  }

  notes(): { readonly rows: Iterable<Row>; readonly missing: readonly string[] } {
    const account = this.used('ICNote', 'ZACCOUNT7', 'ZACCOUNT4', 'ZACCOUNT3', 'ZACCOUNT2', 'ZACCOUNT');
    const picked = this.schema.pick(
      table,
      {
        id: ['Z_PK'],
        identifier: ['ZIDENTIFIER'],
        title: this.used('ICNote', 'ZTITLE1', 'ZTITLE'),
        created: this.used('ICNote', 'ZCREATIONDATE3', 'ZCREATIONDATE1', 'ZCREATIONDATE2', 'ZCREATIONDATE'),
        modified: this.used('ICNote', 'ZMODIFICATIONDATE1', 'ZMODIFICATIONDATE'),
        folder: ['ZFOLDER'],
        account,
        locked: ['ZISPASSWORDPROTECTED'],
        hint: ['ZPASSWORDHINT'],
        pinned: ['ZISPINNED'],
        deleted: ['ZMARKEDFORDELETION'],
        salt: ['ZCRYPTOSALT'],
        iterations: ['ZCRYPTOITERATIONCOUNT'],
        wrappedKey: ['ZCRYPTOWRAPPEDKEY'],
      },
      'n',
    );
    const data = this.schema.pick(
      'ZICNOTEDATA',
      { data: ['ZDATA'], iv: ['ZCRYPTOINITIALIZATIONVECTOR'], tag: ['ZCRYPTOTAG'] },
      'd',
    );
    const sql = `SELECT ${picked.list}, ${data.list} FROM ${table} n LEFT JOIN ZICNOTEDATA d ON d.Z_PK = (SELECT min(x.Z_PK) FROM ZICNOTEDATA x WHERE x.ZNOTE = n.Z_PK) WHERE n.Z_ENT = ? ORDER BY n.Z_PK`;
    return { rows: this.schema.rows(sql, this.entity('ICNote')), missing: picked.missing };
  }

  folderName(id: number | undefined): string | undefined {
    return this.#named(id, ['ZTITLE2', 'ZTITLE1', 'ZTITLE', 'ZNESTEDTITLEFORSORTING'])?.name;
  }

  account(
    id: number | undefined,
  ): { readonly name: string | undefined; readonly identifier: string | undefined } | undefined {
    return this.#named(id, ['ZNAME']);
  }

  attachments(note: number): readonly Row[] {
    return this.schema.lookup(
      `SELECT ${this.#attachmentColumns()} FROM ${table} a WHERE a.Z_ENT IN (?, ?) AND ${this.#noteOf()} = ? ORDER BY a.Z_PK`,
      this.entity('ICAttachment'),
      this.entity('ICInlineAttachment'),
      note,
    );
  }

  media(id: number): Row | undefined {
    const picked = this.schema.pick(
      table,
      { identifier: ['ZIDENTIFIER'], filename: ['ZFILENAME'], generation: ['ZGENERATION1', 'ZGENERATION'] },
      'm',
    );
    return this.schema.lookup(`SELECT ${picked.list} FROM ${table} m WHERE m.Z_PK = ?`, id)[0];
  }

  /** Inline attachments point to their note by another column than others do. */
  #noteOf(): string {
    const columns = this.schema.columns(table);
    const found = ['ZNOTE', 'ZNOTE1'].filter((column) => columns.has(column)).map((column) => `a.${column}`);
    if (found.length === 0) return '-1';
    return found.length === 1 ? String(found[0]) : `coalesce(${found.join(', ')})`;
  }

  #attachmentColumns(): string {
    return this.schema.pick(
      table,
      {
        id: ['Z_PK'],
        identifier: ['ZIDENTIFIER'],
        type: ['ZTYPEUTI'],
        type1: ['ZTYPEUTI1'],
        media: ['ZMEDIA'],
        url: ['ZURLSTRING'],
        title: ['ZTITLE'],
        text: ['ZALTTEXT'],
        table: ['ZMERGEABLEDATA1'],
        oldTable: ['ZMERGEABLEDATA'],
        size: ['ZFILESIZE'],
        image: ['ZFALLBACKIMAGEGENERATION'],
        pdf: ['ZFALLBACKPDFGENERATION'],
      },
      'a',
    ).list;
  }

  #named(id: number | undefined, columns: readonly string[]) {
    if (id === undefined) return undefined;
    const picked = this.schema.pick(
      table,
      { name: columns.filter((c) => this.schema.columns(table).has(c)), identifier: ['ZIDENTIFIER'] },
      'x',
    );
    const row = this.schema.lookup(`SELECT ${picked.list} FROM ${table} x WHERE x.Z_PK = ?`, id)[0];
    return row === undefined ? undefined : { name: text(row['name']), identifier: text(row['identifier']) };
  }
}

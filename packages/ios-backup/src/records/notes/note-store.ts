import { int, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import type { Schema } from '../../sqlite/schema.ts';

const table = 'ZICCLOUDSYNCINGOBJECT';

/** The entities of the one table that holds everything; their numbers differ between versions and are read from the database. */
const entities = ['ICNote', 'ICFolder', 'ICAccount', 'ICAttachment', 'ICInlineAttachment', 'ICMedia'] as const;
type Entity = (typeof entities)[number];

/** Where each version of the app keeps what every one of them has; the one that is asked first at the front. */
const titles = ['ZTITLE1', 'ZTITLE'];
const created = ['ZCREATIONDATE3', 'ZCREATIONDATE1', 'ZCREATIONDATE2', 'ZCREATIONDATE'];
const modified = ['ZMODIFICATIONDATE1', 'ZMODIFICATIONDATE'];
const accounts = ['ZACCOUNT7', 'ZACCOUNT4', 'ZACCOUNT3', 'ZACCOUNT2', 'ZACCOUNT'];
const accountNames = ['ZNAME'];
/** Tables had another column before iOS 11; scans are documents since iOS 13. */
const onlyInSome: ReadonlySet<string> = new Set(['oldTable', 'pdf']);
/** ZFOLDERTYPE of the folder of deleted notes. */
const trashType = 1;
const folderNames = ['ZTITLE2', 'ZTITLE1', 'ZTITLE', 'ZNESTEDTITLEFORSORTING'];

/** `NoteStore.sqlite`: finds the columns that this version of it uses, and answers by entity. */
export class NoteStore {
  readonly schema: Schema;
  readonly #entities = new Map<string, number>();
  readonly #gap: (what: string) => void;

  constructor(schema: Schema, gap: (what: string) => void) {
    this.schema = schema;
    this.#gap = gap;
    schema.require('Z_PRIMARYKEY', 'Z_ENT', 'Z_NAME');
    schema.require(table, 'Z_PK', 'Z_ENT', 'ZIDENTIFIER');
    schema.require('ZICNOTEDATA', 'Z_PK', 'ZNOTE', 'ZDATA');
    for (const row of schema.rows('SELECT Z_ENT AS id, Z_NAME AS name FROM Z_PRIMARYKEY')) {
      this.#entities.set(text(row['name']) ?? '', int(row['id']) ?? -1);
    }
    this.#expect('titles of notes', 'ICNote', ...titles);
    this.#expect('when notes were made', 'ICNote', ...created);
    this.#expect('when notes were changed', 'ICNote', ...modified);
    this.#expect('accounts of notes', 'ICNote', ...accounts);
    this.#expect('names of accounts', 'ICAccount', ...accountNames);
    this.#expect('names of folders', 'ICFolder', ...folderNames);
  }

  /** What every row of an entity has: where no column that is known holds any of it, it stands in one that is not. */
  #expect(what: string, entity: Entity, ...candidates: readonly string[]): void {
    const columns = this.schema.columns(table);
    const filled = candidates.filter((column) => columns.has(column)).map((column) => `${column} IS NOT NULL`);
    const sql = `SELECT count(*) AS n, total(${filled.join(' OR ') || '0'}) AS filled FROM ${table} WHERE Z_ENT = ?`;
    const row = this.schema.first(sql, this.entity(entity));
    if (int(row?.['n']) !== 0 && int(row?.['filled']) === 0)
      this.#gap(`${what}: they stand in a column of "${table}" that is not known`);
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
    const picked = this.schema.pick(
      table,
      {
        id: ['Z_PK'],
        identifier: ['ZIDENTIFIER'],
        title: this.used('ICNote', ...titles),
        created: this.used('ICNote', ...created),
        modified: this.used('ICNote', ...modified),
        folder: ['ZFOLDER'],
        account: this.used('ICNote', ...accounts),
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
    const data = this.schema.choose(
      'ZICNOTEDATA',
      { data: ['ZDATA'], iv: ['ZCRYPTOINITIALIZATIONVECTOR'], tag: ['ZCRYPTOTAG'] },
      'd',
    );
    const sql = `SELECT ${picked.list}, ${data.list} FROM ${table} n LEFT JOIN ZICNOTEDATA d ON d.Z_PK = (SELECT min(x.Z_PK) FROM ZICNOTEDATA x WHERE x.ZNOTE = n.Z_PK) WHERE n.Z_ENT = ? ORDER BY n.Z_PK`;
    return { rows: this.schema.rows(sql, this.entity('ICNote')), missing: picked.missing };
  }

  folderName(id: number | undefined): string | undefined {
    return this.#named(id, folderNames)?.name;
  }

  /** Whether a folder is that of the notes that were deleted lately; it has a name in each language. */
  isTrash(id: number | undefined): boolean {
    const folder = this.#named(id, folderNames);
    return folder?.type === trashType || folder?.identifier?.startsWith('TrashFolder-') === true;
  }

  account(
    id: number | undefined,
  ): { readonly name: string | undefined; readonly identifier: string | undefined } | undefined {
    return this.#named(id, accountNames);
  }

  attachments(note: number): readonly Row[] {
    return this.schema.lookup(
      // The plus keeps SQLite from the index of entities: that has all attachments there are, and would be gone through for each note.
      `SELECT ${this.#attachmentColumns()} FROM ${table} a WHERE +a.Z_ENT IN (?2, ?3) AND (${this.#isOfNote()}) ORDER BY a.Z_PK`,
      note,
      this.entity('ICAttachment'),
      this.entity('ICInlineAttachment'),
    );
  }

  media(id: number): Row | undefined {
    const picked = this.schema.choose(
      table,
      { identifier: ['ZIDENTIFIER'], filename: ['ZFILENAME'], generation: ['ZGENERATION1', 'ZGENERATION'] },
      'm',
    );
    return this.schema.lookup(`SELECT ${picked.list} FROM ${table} m WHERE m.Z_PK = ?`, id)[0];
  }

  /** Inline attachments point to their note by another column than others do. */
  #isOfNote(): string {
    const columns = this.schema.columns(table);
    this.schema.offers('what is inside of notes', table, 'ZNOTE');
    this.schema.offers('tags, mentions and links between notes', table, 'ZNOTE1');
    const [first, second] = ['ZNOTE', 'ZNOTE1'].filter((column) => columns.has(column)).map((column) => `a.${column}`);
    if (first === undefined) return '0';
    return second === undefined ? `${first} = ?1` : `${first} = ?1 OR (${first} IS NULL AND ${second} = ?1)`;
  }

  #attachmentColumns(): string {
    return this.schema.choose(
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
      onlyInSome,
    ).list;
  }

  #named(id: number | undefined, columns: readonly string[]) {
    if (id === undefined) return undefined;
    const picked = this.schema.pick(
      table,
      {
        name: columns.filter((c) => this.schema.columns(table).has(c)),
        identifier: ['ZIDENTIFIER'],
        type: ['ZFOLDERTYPE'],
      },
      'x',
    );
    const row = this.schema.lookup(`SELECT ${picked.list} FROM ${table} x WHERE x.Z_PK = ?`, id)[0];
    return row === undefined
      ? undefined
      : { name: text(row['name']), identifier: text(row['identifier']), type: int(row['type']) };
  }
}

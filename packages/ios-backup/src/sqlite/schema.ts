import type { StatementSync } from 'node:sqlite';
import { BackupError } from '@triplicate/core';
import type { OpenDatabase } from './open-database.ts';
import { sqliteError } from './open-database.ts';
import type { Row } from './row.ts';

/** Alias → the columns that may hold it, the one that is asked first at the front. */
export type Wanted = Readonly<Record<string, readonly string[]>>;

/** What a table really has of what was wanted. */
export interface Picked {
  /** A list for SELECT: each alias as its column, or as NULL where no candidate exists. */
  readonly list: string;
  /** Aliases for which the table has no column. */
  readonly missing: readonly string[];
  has(alias: string): boolean;
}

/** The gap of an alias for which a table has no column. */
export const noColumn = (table: string, alias: string): string =>
  `${alias}: is left out, because this version of iOS keeps none in its table "${table}"`;

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Every ordinary table with its columns. Views and virtual tables are left out: they could run whatever the backup likes. */
export class Schema {
  readonly #db: OpenDatabase;
  readonly #statements = new Map<string, StatementSync>();
  readonly #tables = new Map<string, ReadonlySet<string>>();
  readonly #gap: ((what: string) => void) | undefined;

  /** `gap` hears what `offers` and `choose` do not find. */
  constructor(db: OpenDatabase, gap?: (what: string) => void) {
    this.#db = db;
    this.#gap = gap;
    const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'";
    for (const { name } of this.rows(sql)) if (typeof name === 'string') this.#tables.set(name, this.#read(name));
  }

  get tables(): Iterable<string> {
    return this.#tables.keys();
  }

  /** Whether all of these tables exist. */
  has(...names: readonly string[]): boolean {
    return names.every((name) => this.#tables.has(name));
  }

  /** Whether there is a table with these columns; where there is not, the gap is that the export has no `what`. */
  offers(what: string, table: string, ...columns: readonly string[]): boolean {
    const has = this.#tables.get(table);
    const lacking =
      has === undefined
        ? `table "${table}"`
        : columns.flatMap((column) => (has.has(column) ? [] : `column "${table}.${column}"`))[0];
    if (lacking !== undefined) this.#gap?.(`${what}: this version of iOS has no ${lacking}`);
    return lacking === undefined;
  }

  columns(table: string): ReadonlySet<string> {
    return this.#tables.get(table) ?? new Set();
  }

  /** UNSUPPORTED with a named gap when the table or one of the columns does not exist. */
  require(table: string, ...columns: readonly string[]): void {
    const has = this.#tables.get(table);
    const missing =
      has === undefined
        ? [`table "${table}"`]
        : columns.filter((c) => !has.has(c)).map((c) => `column "${table}.${c}"`);
    if (missing.length === 0) return;
    throw new BackupError('UNSUPPORTED', `${this.#db.label} has no ${missing.join(', no ')}: its layout is not known`, {
      hint: 'Export the raw file instead.',
    });
  }

  /** Chooses a column for each alias, the first that is not NULL where there are several; `prefix` is the table's alias in the query. */
  pick(table: string, wanted: Wanted, prefix = quote(table)): Picked {
    const has = this.columns(table);
    const missing: string[] = [];
    const list = Object.entries(wanted).map(([alias, candidates]) => {
      const columns = candidates
        .filter((candidate) => has.has(candidate))
        .map((column) => `${prefix}.${quote(column)}`);
      if (columns.length === 0) missing.push(alias);
      const value = columns.length > 1 ? `coalesce(${columns.join(', ')})` : (columns[0] ?? 'NULL');
      return `${value} AS ${quote(alias)}`;
    });
    return { list: list.join(', '), missing, has: (alias) => !missing.includes(alias) };
  }

  /** `pick`, with a gap for each alias that has no column, but for those that only some versions of iOS have a use for. */
  choose(table: string, wanted: Wanted, prefix?: string, recent?: ReadonlySet<string>): Picked {
    const picked = this.pick(table, wanted, prefix);
    for (const alias of picked.missing) if (recent?.has(alias) !== true) this.#gap?.(noColumn(table, alias));
    return picked;
  }

  /** Rows one at a time, whole numbers as bigint; an error of SQLite is CORRUPT. */
  *rows(sql: string, ...values: readonly (string | number | bigint | null)[]): Generator<Row> {
    try {
      const statement = this.#db.sql.prepare(sql);
      statement.setReadBigInts(true);
      yield* statement.iterate(...values) as Iterable<Row>;
    } catch (error) {
      throw sqliteError(error, this.#db.label);
    }
  }

  /**
   * Rows one at a time in the order of `ids`, a question for one number a row, each by the question `one`. SQLite sorts whole rows in
   * memory, and those of a long conversation are all of its words.
   */
  *rowsByIds(ids: string, one: string, ...values: readonly (string | number | bigint | null)[]): Generator<Row> {
    for (const { id } of this.rows(ids, ...values))
      if (typeof id === 'bigint' || typeof id === 'number' || typeof id === 'string') yield* this.lookup(one, id);
  }

  /** All rows of a small question that is asked again and again; the statement is prepared once. */
  lookup(sql: string, ...values: readonly (string | number | bigint | null)[]): readonly Row[] {
    try {
      let statement = this.#statements.get(sql);
      if (statement === undefined) {
        statement = this.#db.sql.prepare(sql);
        statement.setReadBigInts(true);
        this.#statements.set(sql, statement);
      }
      return statement.all(...values) as readonly Row[];
    } catch (error) {
      throw sqliteError(error, this.#db.label);
    }
  }

  first(sql: string, ...values: readonly (string | number | bigint | null)[]): Row | undefined {
    return this.lookup(sql, ...values)[0];
  }

  count(table: string): number {
    return this.has(table) ? Number(this.first(`SELECT count(*) AS n FROM ${quote(table)}`)?.['n'] ?? 0) : 0;
  }

  #read(table: string): ReadonlySet<string> {
    const names = new Set<string>();
    for (const { name } of this.rows('SELECT name FROM pragma_table_info(?)', table))
      if (typeof name === 'string') names.add(name);
    return names;
  }
}

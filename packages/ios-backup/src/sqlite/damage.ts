import type { DatabaseSync } from 'node:sqlite';

/** Of one database; the first are named. */
const mostNamed = 3;

/**
 * What of a database's tables and indexes is damaged although it can be opened, in the words of SQLite and the first few of them: rows that
 * an index does not have are found by no question that goes by it, and nobody would notice. What its owner's rules refuse is no damage.
 */
export const tableDamage = (sql: DatabaseSync): string | undefined => {
  sql.exec('PRAGMA ignore_check_constraints = ON');
  const tables = sql.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'");
  const found = tables.all().flatMap(({ name }) => (typeof name === 'string' ? damageOf(sql, name) : []));
  if (found.length === 0) return undefined;
  const more = found.length > mostNamed ? ` and ${found.length - mostNamed} more` : '';
  return `${found.slice(0, mostNamed).join('; ')}${more}`;
};

const damageOf = (sql: DatabaseSync, table: string): string[] => {
  try {
    if (computes(sql, table)) return [];
    const rows = sql.prepare(`PRAGMA integrity_check("${table.replaceAll('"', '""')}")`).all();
    const said = rows.flatMap(({ integrity_check: words }) => (typeof words === 'string' ? words.split('\n') : []));
    return said.filter((line) => line !== 'ok' && !isNoDamage.test(line));
  } catch (error) {
    // An order or a function that only its owner has: what cannot be checked is not called damaged. What cannot be read is met by who reads it.
    if ((error as { code?: string }).code === 'ERR_SQLITE_ERROR') return [];
    throw error;
  }
};

/** Headings, and values that a table's declaration does not allow and which are read all the same. */
const isNoDamage = /^\*\*\*|^(NULL|NUMERIC|TEXT|non-\w+) value |^CHECK constraint |^Freelist|: never used$/;

/** Whether checking a table would run expressions out of its schema, which is a stranger's. */
const computes = (sql: DatabaseSync, table: string): boolean => {
  const generated = 'SELECT 1 FROM pragma_table_xinfo(?) WHERE hidden IN (2, 3)';
  const indexes = `SELECT s.sql AS sql, (SELECT count(*) FROM pragma_index_xinfo(l.name) WHERE cid = -2) AS computed
    FROM pragma_index_list(?) l LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = l.name`;
  return (
    sql.prepare(generated).get(table) !== undefined ||
    sql
      .prepare(indexes)
      .all(table)
      .some(({ sql: text, computed }) => computed !== 0 || /\bWHERE\b.*\w\s*\(/is.test(String(text)))
  );
};

import { int, text } from '../../sqlite/row.ts';
import type { Schema } from '../../sqlite/schema.ts';

/** What stands beside the reminders of one database, by the row of the reminder. */
export interface ReminderObjects {
  readonly tags: ReadonlyMap<number, readonly string[]>;
  /** Those that repeat; how often is a number of which nobody outside of Apple says what it means. */
  readonly repeating: ReadonlySet<number>;
}

/** All of them share one table, told apart by the number of their entity, which is another one in each database. */
export const reminderObjects = (schema: Schema): ReminderObjects => ({
  tags: tags(schema),
  repeating: repeating(schema),
});

const tags = (schema: Schema): Map<number, string[]> => {
  const found = new Map<number, string[]>();
  if (
    !schema.offers('tags', 'ZREMCDOBJECT', 'Z_PK', 'ZHASHTAGLABEL', 'ZREMINDER3') ||
    !schema.offers('tags', 'ZREMCDHASHTAGLABEL', 'Z_PK', 'ZNAME')
  )
    return found;
  const sql = `SELECT o.ZREMINDER3 AS reminder, l.ZNAME AS name FROM ZREMCDOBJECT o JOIN ZREMCDHASHTAGLABEL l ON l.Z_PK = o.ZHASHTAGLABEL
    WHERE ${standing(schema)} ORDER BY o.Z_PK`;
  for (const row of schema.rows(sql)) {
    const [reminder, name] = [int(row['reminder']), text(row['name'])];
    if (reminder !== undefined && name !== undefined) found.set(reminder, [...(found.get(reminder) ?? []), name]);
  }
  return found;
};

const repeating = (schema: Schema): Set<number> => {
  if (
    !schema.offers('repetition', 'Z_PRIMARYKEY', 'Z_ENT', 'Z_NAME') ||
    !schema.offers('repetition', 'ZREMCDOBJECT', 'Z_ENT', 'ZREMINDER4')
  )
    return new Set();
  const sql = `SELECT o.ZREMINDER4 AS reminder FROM ZREMCDOBJECT o
    WHERE o.Z_ENT = (SELECT Z_ENT FROM Z_PRIMARYKEY WHERE Z_NAME = 'REMCDRecurrenceRule') AND ${standing(schema)}`;
  return new Set([...schema.rows(sql)].flatMap((row) => int(row['reminder']) ?? []));
};

const standing = (schema: Schema): string =>
  schema.offers('which tags and repetitions were deleted', 'ZREMCDOBJECT', 'ZMARKEDFORDELETION')
    ? 'coalesce(o.ZMARKEDFORDELETION, 0) = 0'
    : '1';

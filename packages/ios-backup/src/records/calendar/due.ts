import { dateFromCocoa } from '../../decode/apple-time.ts';
import { flag, real } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { instantOf } from '../record-options.ts';
import type { RecordFilter } from '../record-options.ts';

/** When a reminder is due, to compare with a period: one of a whole day is due when that day begins there. */
export const dueOf = (row: Row, filter: RecordFilter | undefined): Date | undefined => {
  const at = dateFromCocoa(real(row['due']));
  return flag(row['allDay']) ? instantOf(at, filter) : at;
};

import { dateFromCocoa } from '../../decode/apple-time.ts';
import { real } from '../../sqlite/row.ts';

/** `YYYY-MM-DD`, or `--MM-DD` for a day without a year, for which Apple writes the year 1604; `undefined` for what is no date. */
export const contactDate = (seconds: unknown): string | undefined => {
  const date = dateFromCocoa(real(seconds))?.toISOString().slice(0, 10);
  return date?.startsWith('1604-') === true ? `-${date.slice(4)}` : date;
};

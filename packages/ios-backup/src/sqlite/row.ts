/** A row as SQLite gives it with big integers switched on: nothing in a database of unknown origin has a type that can be relied on. */
export type Row = Readonly<Record<string, unknown>>;

/** A whole number that fits; `undefined` for anything else, NULL included. */
export const int = (value: unknown): number | undefined => {
  const number = real(value);
  return number !== undefined && Number.isSafeInteger(Math.trunc(number)) ? Math.trunc(number) : undefined;
};

/** A finite number, or text that is one. Whole numbers beyond 2^53 lose their last digits. */
export const real = (value: unknown): number | undefined => {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
};

/** Text that is not empty; a blob is read as UTF-8, a number as its digits. */
export const text = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array && value.length > 0) return Buffer.from(value).toString('utf8');
  return undefined;
};

export const bytes = (value: unknown): Uint8Array | undefined =>
  value instanceof Uint8Array && value.length > 0 ? value : undefined;

export const flag = (value: unknown): boolean => (real(value) ?? 0) !== 0;

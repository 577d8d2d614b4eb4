/** Seconds between 1970 and 2001, where Apple's clock begins. */
export const cocoaEpochSeconds = 978_307_200;
/** Outside of years 0 to 9999 a date is a sentinel or damage, and has no RFC 3339 form. */
const earliestMs = -62_167_219_200_000;
const latestMs = 253_402_300_799_999;

/** A date from milliseconds since 1970; `undefined` when it is out of the range that a calendar shows. */
export const dateFromMs = (ms: number): Date | undefined =>
  Number.isFinite(ms) && ms >= earliestMs && ms <= latestMs ? new Date(Math.round(ms)) : undefined;

export const dateFromUnix = (seconds: number | undefined): Date | undefined =>
  seconds === undefined ? undefined : dateFromMs(seconds * 1000);

/** Seconds since 2001. */
export const dateFromCocoa = (seconds: number | undefined): Date | undefined =>
  seconds === undefined ? undefined : dateFromMs((seconds + cocoaEpochSeconds) * 1000);

/** Seconds since 2001 of a date. */
export const toCocoa = (date: Date | undefined): number | undefined =>
  date === undefined ? undefined : date.getTime() / 1000 - cocoaEpochSeconds;

/**
 * A column of Messages: nanoseconds since 2001 on iOS 11 and later, seconds before; they are told apart by their size. 0 is "never".
 */
export const dateFromMessages = (value: number | undefined): Date | undefined => {
  if (value === undefined || value === 0) return undefined;
  return dateFromCocoa(Math.abs(value) < 1e12 ? value : value / 1e9);
};

/**
 * A whole number as people read it, e.g. `12,345`: what `toLocaleString('en-GB')` gives, without the tables of the world's languages, which take
 * longer to open than all else that a short command writes.
 */
export const formatWhole = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');

import type { Output } from './output.ts';

/** The same with every secret in its texts masked: for what goes elsewhere than to the screen. */
export const masked = <T>(value: T, output: Pick<Output, 'redact'>): T => mask(value, output) as T;

const mask = (value: unknown, output: Pick<Output, 'redact'>): unknown => {
  if (typeof value === 'string') return output.redact(value);
  if (Array.isArray(value)) return value.map((one) => mask(one, output));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mask(one, output)]));
};

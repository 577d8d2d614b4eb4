import { PlistError } from './error.ts';
import { defaultLimits } from './limits.ts';
import { asDictionary } from './read-as.ts';
import { isWhole, maxInteger, minInteger, PlistReal, PlistUid, type PlistValue } from './value.ts';

const head = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`;

/**
 * Writes an XML property list in UTF-8. Dates lose what is below a second, as the format has it. Throws PlistError for what XML cannot
 * carry: control characters, lone surrogates, integers beyond 128 bits, nesting beyond 128 levels.
 */
export const writeXmlPlist = (value: PlistValue): Buffer => {
  const parts = [head];
  write(parts, value, 0);
  parts.push('</plist>\n');
  return Buffer.from(parts.join(''), 'utf8');
};

const write = (parts: string[], value: PlistValue, depth: number): void => {
  if (depth > defaultLimits.maxDepth)
    throw new PlistError(`property list nested deeper than ${defaultLimits.maxDepth} levels`);
  if (Array.isArray(value)) return writeArray(parts, value as readonly PlistValue[], depth);
  const dictionary = asDictionary(value);
  if (dictionary) return writePairs(parts, Object.entries(dictionary), depth);
  if (value instanceof PlistUid) return writePairs(parts, [['CF$UID', value.value]], depth);
  parts.push('\t'.repeat(depth), scalar(value), '\n');
};

const writeArray = (parts: string[], items: readonly PlistValue[], depth: number): void => {
  const indent = '\t'.repeat(depth);
  if (items.length === 0) {
    parts.push(indent, '<array/>\n');
    return;
  }
  parts.push(indent, '<array>\n');
  for (const item of items) write(parts, item, depth + 1);
  parts.push(indent, '</array>\n');
};

const writePairs = (parts: string[], pairs: readonly (readonly [string, PlistValue])[], depth: number): void => {
  const indent = '\t'.repeat(depth);
  if (pairs.length === 0) {
    parts.push(indent, '<dict/>\n');
    return;
  }
  parts.push(indent, '<dict>\n');
  for (const [key, item] of pairs) {
    parts.push(indent, '\t<key>', escape(key), '</key>\n');
    write(parts, item, depth + 1);
  }
  parts.push(indent, '</dict>\n');
};

const scalar = (value: PlistValue): string => {
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>';
  if (typeof value === 'string') return `<string>${escape(value)}</string>`;
  if (typeof value === 'bigint') return integer(value);
  if (typeof value === 'number') return isWhole(value) ? `<integer>${value}</integer>` : real(value);
  if (value instanceof PlistReal) return real(value.value);
  if (value instanceof Date) return `<date>${date(value)}</date>`;
  if (value instanceof Uint8Array) return `<data>${Buffer.from(value).toString('base64')}</data>`;
  throw new PlistError('a value that a property list cannot hold');
};

const integer = (value: bigint): string => {
  if (value < minInteger || value > maxInteger) throw new PlistError('an integer of more than 128 bits');
  return `<integer>${value}</integer>`;
};

const real = (value: number): string => {
  if (Number.isNaN(value)) return '<real>nan</real>';
  if (!Number.isFinite(value)) return `<real>${value > 0 ? '+' : '-'}infinity</real>`;
  return `<real>${Object.is(value, -0) ? '-0.0' : value}</real>`;
};

const date = (value: Date): string => {
  if (Number.isNaN(value.getTime())) throw new PlistError('an impossible date');
  const text = value.toISOString();
  if (!/^\d{4}-/.test(text)) throw new PlistError('a date beyond the four digits of an XML property list');
  return text.replace(/\.\d+Z$/, 'Z');
};

const escape = (text: string): string => {
  // oxlint-disable-next-line no-control-regex -- exactly what XML 1.0 forbids
  if (!text.isWellFormed() || /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text))
    throw new PlistError('a string with a character that XML cannot carry');
  // A bare carriage return would be read back as a line feed.
  return text.replace(/[&<>\r]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : c === '>' ? '&gt;' : '&#13;'));
};

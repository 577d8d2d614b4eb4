import { PlistError } from './error.ts';

/** The bytes of an XML document as text: UTF-8, or UTF-16 where a byte order mark says so. */
export const decodeXml = (bytes: Uint8Array): string => {
  const encoding =
    bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    // Some senders end their text with a NUL.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes).replace(/\0+$/, '');
  } catch {
    throw new PlistError(`XML property list that is not ${encoding.toUpperCase()}`);
  }
};

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The five entities of XML and numeric references; any other is refused, so nothing can multiply. */
export const unescapeXml = (text: string): string => {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]{0,12});?/g, (whole, name: string) => {
    const plain = entities[name];
    if (plain !== undefined && whole.endsWith(';')) return plain;
    const numeric = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(name);
    const point = numeric === null ? NaN : numeric[1] ? Number.parseInt(numeric[1], 16) : Number(numeric[2]);
    if (!whole.endsWith(';') || !(point > 0 && point <= 0x10ffff))
      throw new PlistError(`XML property list with an unknown entity "${whole}"`);
    return String.fromCodePoint(point);
  });
};

/** The longest line of vCard and iCalendar in bytes, its break not counted (RFC 6350 §3.2, RFC 5545 §3.1). */
const longestLine = 75;

/** One content line, folded without ever cutting a character, with its CRLF. */
export const contentLine = (line: string): string => {
  if (Buffer.byteLength(line) <= longestLine) return `${line}\r\n`;
  const pieces: string[] = [];
  let piece = '';
  let bytes = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    // A continued line begins with a space, which counts.
    if (bytes + size > (pieces.length === 0 ? longestLine : longestLine - 1)) {
      pieces.push(piece);
      piece = '';
      bytes = 0;
    }
    piece += character;
    bytes += size;
  }
  return `${[...pieces, piece].join('\r\n ')}\r\n`;
};

/** A text value: backslash, comma, semicolon and line breaks escaped, other control characters left out. */
export const escapeText = (text: string): string =>
  text
    .replaceAll(/\r\n?/g, '\n')
    // oxlint-disable-next-line no-control-regex -- control characters have no place in either format
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .replaceAll(/[\\,;]/g, '\\$&')
    .replaceAll('\n', '\\n');

// oxlint-disable-next-line no-control-regex -- control characters have no place in a parameter
const controls = /[\u0000-\u001f\u007f]/g;

/** A parameter value: quoted when it holds what would end it; quotes themselves are written as RFC 6868 says. */
export const parameter = (text: string): string => {
  const plain = text.replaceAll('^', '^^').replaceAll(/\r?\n/g, '^n').replaceAll('"', "^'").replaceAll(controls, '');
  return /[:;,]/.test(plain) ? `"${plain}"` : plain;
};

import truncatedWidth from 'fast-string-truncated-width';

/** How many columns a terminal gives to `text`: escapes take none, wide letters and emoji two. */
export const widthOf = (text: string): number => truncatedWidth(text).width;

/** `text` in at most `columns`; what is cut off is shown by an ellipsis. */
export const cut = (text: string, columns: number): string => {
  if (columns <= 0) return '';
  const result = truncatedWidth(text, { limit: columns, ellipsis: '…', ellipsisWidth: 1 });
  if (!result.truncated) return text;
  const kept = text.slice(0, result.index);
  const reset = kept.includes('\u001b[') ? '\u001b[0m' : '';
  return result.ellipsed ? `${kept}…${reset}` : kept + reset;
};

/** The end of a path says more than its beginning. */
export const cutStart = (text: string, columns: number): string => {
  if (widthOf(text) <= columns) return text;
  if (columns <= 1) return columns === 1 ? '…' : '';
  const letters = Array.from(text);
  let width = 1;
  let from = letters.length;
  while (from > 0) {
    width += widthOf(letters[from - 1] ?? '');
    if (width > columns) break;
    from -= 1;
  }
  return `…${letters.slice(from).join('')}`;
};

export const padEnd = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - widthOf(text)));
export const padStart = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - widthOf(text))) + text;

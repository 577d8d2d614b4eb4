import truncatedWidth from 'fast-string-truncated-width';

/** Made when it is first needed: it takes as long as to start a small program. */
let graphemes: Intl.Segmenter | undefined;

/** How many columns a terminal gives to `text`: escapes take none, wide letters and emoji two. */
export const widthOf = (text: string): number => truncatedWidth(text).width;

/** As many whole letters as have room beside an ellipsis. The library cuts too late where letters are neither Latin nor wide. */
const fitting = (letters: Iterable<string>, columns: number): string[] => {
  const kept: string[] = [];
  let width = 1;
  for (const letter of letters) {
    width += widthOf(letter);
    if (width > columns) break;
    kept.push(letter);
  }
  return kept;
};

const lettersOf = (text: string): string[] => {
  graphemes ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
};

/** Plain `text` in at most `columns`; an ellipsis shows that its end was cut off. */
export const cut = (text: string, columns: number): string => {
  if (columns <= 0 || widthOf(text) <= columns) return columns <= 0 ? '' : text;
  return `${fitting(lettersOf(text), columns).join('')}…`;
};

/** The same from the other side: the end of a path says more than its beginning. */
export const cutStart = (text: string, columns: number): string => {
  if (columns <= 0 || widthOf(text) <= columns) return columns <= 0 ? '' : text;
  return `…${fitting(lettersOf(text).toReversed(), columns).toReversed().join('')}`;
};

export const padEnd = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - widthOf(text)));
export const padStart = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - widthOf(text))) + text;

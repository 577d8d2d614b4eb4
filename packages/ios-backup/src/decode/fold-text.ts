/**
 * One spelling of a text for looking it up: letter case, and the ways in which Unicode writes an accent, do not matter. In capitals `ß` is
 * `SS`, and both forms of a small sigma are the same.
 */
export const foldText = (text: string): string =>
  text.normalize('NFKC').toLocaleUpperCase('en').toLocaleLowerCase('en').replaceAll('ς', 'σ');

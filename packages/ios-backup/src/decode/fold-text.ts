/** One spelling of a text for looking it up: letter case, and the ways in which Unicode writes an accent, do not matter. */
export const foldText = (text: string): string => text.normalize('NFKC').toLocaleLowerCase('en');

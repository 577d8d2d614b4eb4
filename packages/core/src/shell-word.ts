/** Nothing in it means something to a shell. */
const plain = /^[\p{L}\p{N}_@%+=:,./-]+$/u;
/** Means nothing between double quotes, to sh, PowerShell and cmd alike. */
const quotable = /^[\p{L}\p{N}_@+=:,./ ()&;'#~*?<>|{}[\]-]+$/u;
const ofWindows = /^(?:[A-Za-z]:\\|\\\\)[^"%$`]*[^"%$`\\]$/;

/** A name or a path as a person types it in a command: quoted where a shell would take it for something else. */
export const shellWord = (word: string): string => {
  if (plain.test(word)) return word;
  return quotable.test(word) || ofWindows.test(word) ? `"${word}"` : `'${word.replaceAll("'", String.raw`'\''`)}'`;
};

export const shellWords = (words: readonly string[]): string => words.map(shellWord).join(' ');

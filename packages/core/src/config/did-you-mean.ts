/** The number of letters to insert, drop, change or swap with a neighbour to make `a` into `b`. */
const distance = (a: string, b: string): number => {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j] ?? 0, (before[j - 2] ?? 0) + 1);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
};

/** Longer words are no typing mistake of a key, and comparing them costs time. */
const longest = 64;

/** The word that was probably meant, or undefined when none is near. */
export const closest = (word: string, words: Iterable<string>): string | undefined => {
  if (word.length > longest) return undefined;
  let best: { word: string; distance: number } | undefined;
  for (const candidate of words) {
    const steps = distance(word.toLowerCase(), candidate.toLowerCase());
    if (steps <= Math.max(1, Math.floor(candidate.length / 3)) && steps < (best?.distance ?? Infinity))
      best = { word: candidate, distance: steps };
  }
  return best?.word;
};

/** `did you mean "x"?`, or else the list of what there is. */
export const suggest = (word: string, words: readonly string[], what: string): string => {
  const near = closest(word, words);
  if (near !== undefined) return `did you mean "${near}"?`;
  return words.length === 0 ? `remove it; there are no ${what} here` : `the ${what} here are ${words.join(', ')}`;
};

import type { Tally } from './tally.ts';

const mostNamed = 10;

/** Conversations that hold no message make no file and no heading: they are named once, so that nobody looks for them in vain. */
export const tellEmptyChats = (of: string, names: readonly string[], tally: Tally): void => {
  if (names.length === 0) return;
  const named = names.slice(0, mostNamed).map((name) => `“${name}”`);
  const others = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  const are = names.length === 1 ? '1 conversation has' : `${names.length} conversations have`;
  tally.gap(`${of}: ${are} no message: ${named.join(', ')}${others}`);
};

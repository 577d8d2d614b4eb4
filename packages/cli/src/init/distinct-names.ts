import { freeName } from './draft.ts';

/**
 * A name for each, out of its own, the shortest first: those that would be called the same are told apart by longer ones, all of them, and
 * by a number where there is none.
 */
export const distinctNames = (
  wanted: readonly (readonly [string, ...string[]])[],
  taken: ReadonlySet<string>,
): string[] => {
  const lengths = wanted.map(() => 0);
  const nameOf = (i: number): string => wanted[i]?.[lengths[i] ?? 0] ?? '';
  const clash = (i: number): boolean =>
    taken.has(nameOf(i)) || wanted.some((_, other) => other !== i && nameOf(other) === nameOf(i));
  for (;;) {
    const clashing = wanted.flatMap((names, i) => (clash(i) && (lengths[i] ?? 0) + 1 < names.length ? [i] : []));
    if (clashing.length === 0) break;
    for (const i of clashing) lengths[i] = (lengths[i] ?? 0) + 1;
  }
  const all = new Set(taken);
  return wanted.map((_, i) => {
    const name = freeName(nameOf(i), all);
    all.add(name);
    return name;
  });
};

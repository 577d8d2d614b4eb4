/** Names of variables that some part of a configuration takes secrets from (`{ env: NAME }`), each once. */
export const fromEnvironment = (part: unknown): string[] => {
  if (typeof part !== 'object' || part === null) return [];
  const entries = Object.entries(part);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === 'env' && typeof first[1] === 'string') return [first[1]];
  return [...new Set(entries.flatMap(([, value]) => fromEnvironment(value)))];
};

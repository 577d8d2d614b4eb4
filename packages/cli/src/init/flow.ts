/** A value as YAML in one line. Texts that are plain words stay plain; JSON's quoting is YAML's too. */
export const flow = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, child]) => child !== undefined);
    return `{ ${entries.map(([key, child]) => `${key}: ${flow(child)}`).join(', ')} }`;
  }
  if (typeof value === 'string') return isPlain(value) ? value : JSON.stringify(value);
  return String(value);
};

/** Not a number, boolean or null to any YAML reader, and without a sign that means something. */
const isPlain = (text: string): boolean =>
  /^[a-zA-Z/~][\w./~ -]*$/.test(text) &&
  !text.includes(' -') &&
  !text.endsWith(' ') &&
  !/^(?:true|false|yes|no|on|off|null|nan|y|n|~)$/i.test(text);

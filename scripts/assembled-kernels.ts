// Puts WebAssembly into a bundle instead of the code that assembles it: a program that opens a repository would spend 20 ms on it, while everything waits.
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'rolldown';

/**
 * Modules whose names match are replaced by what they export when the bundle is made: plain values as they are, and each function, also one in an
 * object, as one that gives the same bytes. It is called without parameters.
 */
export const assembledKernels = (names: RegExp): Plugin => ({
  name: 'assembled-kernels',
  load: {
    filter: { id: names },
    async handler(id) {
      const exported = (await import(pathToFileURL(id).href)) as Readonly<Record<string, unknown>>;
      const lines = Object.entries(exported).map(([name, value]) => `export const ${name} = ${sourceOf(value)};\n`);
      return { code: lines.join(''), moduleSideEffects: false };
    },
  },
});

const sourceOf = (value: unknown): string => {
  if (typeof value === 'function') return bytesOf(value as () => unknown);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${sourceOf(field)}`);
  return `{ ${fields.join(', ')} }`;
};

const bytesOf = (assemble: () => unknown): string => {
  const bytes = assemble();
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`"${assemble.name}" gives no bytes`);
  return `() => Buffer.from(${JSON.stringify(Buffer.from(bytes).toString('base64'))}, 'base64')`;
};

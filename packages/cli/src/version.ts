import { readFileSync } from 'node:fs';

/** Of this package. */
export const readVersion = (): string => {
  const file = new URL('../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return version;
};

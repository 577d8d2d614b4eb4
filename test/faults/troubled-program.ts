/** A configuration with three destinations, the last of which is in trouble. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeConfig } from '../kit/program.ts';
import type { Trouble } from './troubles.ts';

export interface TroubledOptions {
  /** Holds the configuration and a folder for each of `a`, `b` and `c`. */
  readonly home: string;
  readonly source: string;
  /** Of c; nothing is wrong when absent. */
  readonly trouble?: Trouble | undefined;
  readonly quorum?: number;
}

export const writeTroubled = ({ home, source, trouble, quorum = 2 }: TroubledOptions): void => {
  for (const name of ['a', 'b', 'c']) mkdirSync(join(home, name), { recursive: true });
  writeConfig(home, {
    paths: [source],
    plugins: [join(import.meta.dirname, 'troubled-destination.ts')],
    destinations: {
      a: '{ type: local, path: ./a }',
      b: '{ type: local, path: ./b }',
      c: trouble?.wrap ? `{ type: troubled, path: ./c, trouble: ${trouble.name} }` : '{ type: local, path: ./c }',
    },
    quorum,
  });
};

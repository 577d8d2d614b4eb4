/** The program over a folder and three destinations, the last of which is in trouble. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { password } from '../kit/local-pipeline.ts';
import type { Trouble } from './troubles.ts';

const main = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
const plugin = join(import.meta.dirname, 'troubled-destination.ts');

export interface Ended {
  readonly code: number;
  /** Lines of stdout, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly talk: string;
  readonly milliseconds: number;
}

export interface ProgramOptions {
  /** Holds the configuration and a folder for each of `a`, `b` and `c`. */
  readonly home: string;
  readonly source: string;
  /** Of c; nothing is wrong when absent. */
  readonly trouble?: Trouble | undefined;
  readonly quorum?: number;
}

export const writeConfig = ({ home, source, trouble, quorum = 2 }: ProgramOptions): void => {
  for (const name of ['a', 'b', 'c']) mkdirSync(join(home, name), { recursive: true });
  const troubled = trouble?.wrap
    ? `{ type: troubled, path: ./c, trouble: ${trouble.name} }`
    : '{ type: local, path: ./c }';
  writeFileSync(
    join(home, 'triplicate.yaml'),
    `version: 1
plugins: [${JSON.stringify(plugin)}]
pipelines:
  test:
    sources: { files: { type: files, paths: [${JSON.stringify(source)}] } }
    transforms: [{ dedupe: {} }, { compress: {} }, { encrypt: { password: { env: PASSWORD } } }]
    destinations: { a: { type: local, path: ./a }, b: { type: local, path: ./b }, c: ${troubled} }
    quorum: ${quorum}
`,
  );
};

/** Runs `triplicate --json …`; never throws for an exit code. */
export const triplicate = (home: string, ...parameters: readonly string[]): Promise<Ended> => {
  const env = {
    ...process.env,
    PASSWORD: password,
    TRIPLICATE_STATE_DIR: join(home, 'state'),
    TRIPLICATE_CACHE_DIR: join(home, 'cache'),
  };
  const own = ['--conditions=@triplicate/source', main, '--config', join(home, 'triplicate.yaml'), '--json'];
  const start = performance.now();
  return new Promise((done) => {
    const options = { env, cwd: home, maxBuffer: 256 * 1024 * 1024 };
    execFile(process.execPath, [...own, ...parameters], options, (error, out, talk) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ code, lines: parse(out), talk, milliseconds: performance.now() - start });
    });
  });
};

const parse = (out: string): Record<string, unknown>[] =>
  out.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));

/** `{ a: 'stored', … }` as the last line of a backup says. */
export const saidOf = ({ lines }: Ended): Record<string, string> => {
  const { outcomes = [] } = (lines.at(-1) ?? {}) as { outcomes?: { destination: string; status: string }[] };
  return Object.fromEntries(outcomes.map(({ destination, status }) => [destination, status]));
};

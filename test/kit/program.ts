/** The command line as a process of its own: over a folder that holds its configuration, its state and its cache. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { password } from './local-pipeline.ts';

const main = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');

export interface Ended {
  readonly code: number;
  readonly out: string;
  /** Lines of stdout that are JSON, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly talk: string;
  readonly milliseconds: number;
}

/** A user that owns nothing: what it may not read, root may. */
export const nobody = { uid: 65_534, gid: 65_534 };

export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

/** Runs `triplicate …` on `home/triplicate.yaml`; never throws for an exit code. The password is in PASSWORD. */
export const triplicate = (home: string, parameters: readonly string[], runAs: RunAs = {}): Promise<Ended> => {
  const env = {
    ...process.env,
    PASSWORD: password,
    TRIPLICATE_STATE_DIR: join(home, 'state'),
    TRIPLICATE_CACHE_DIR: join(home, 'cache'),
  };
  const own = ['--conditions=@triplicate/source', main, '--config', join(home, 'triplicate.yaml')];
  const start = performance.now();
  return new Promise((done) => {
    const options = { env, cwd: home, maxBuffer: 512 * 1024 * 1024, ...runAs };
    execFile(process.execPath, [...own, ...parameters], options, (error, out, talk) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ code, out, lines: parse(out), talk, milliseconds: performance.now() - start });
    });
  });
};

const parse = (out: string): Record<string, unknown>[] =>
  out.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));

/** `{ a: 'stored', … }` as the last line of a backup with `--json` says. */
export const saidOf = ({ lines }: Ended): Record<string, string> => {
  const { outcomes = [] } = (lines.at(-1) ?? {}) as { outcomes?: { destination: string; status: string }[] };
  return Object.fromEntries(outcomes.map(({ destination, status }) => [destination, status]));
};

export interface ConfigParts {
  readonly paths: readonly string[];
  /** In YAML, by name. */
  readonly destinations: Readonly<Record<string, string>>;
  readonly plugins?: readonly string[];
  readonly quorum?: number;
}

export const writeConfig = (home: string, { paths, destinations, plugins = [], quorum = 1 }: ConfigParts): void =>
  writeFileSync(
    join(home, 'triplicate.yaml'),
    `version: 1
plugins: ${JSON.stringify(plugins)}
pipelines:
  test:
    sources: { files: { type: files, paths: ${JSON.stringify(paths)} } }
    transforms: [{ dedupe: {} }, { compress: {} }, { encrypt: { password: { env: PASSWORD } } }]
    destinations:
${Object.entries(destinations)
  .map(([name, yaml]) => `      ${name}: ${yaml}\n`)
  .join('')}    quorum: ${quorum}
`,
  );

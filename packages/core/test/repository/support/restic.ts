import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Another binary than the one on the path, e.g. a newer restic. */
const binary = process.env['RESTIC'] ?? 'restic';

const findVersion = (): string | undefined => {
  const { stdout, status } = spawnSync(binary, ['version'], { encoding: 'utf8' });
  return status === 0 ? /^restic (\S+)/.exec(stdout)?.[1] : undefined;
};

/** `undefined` when there is none; the tests that need it skip then. */
export const resticVersion = findVersion();
export const needsRestic = resticVersion === undefined ? 'needs restic on the path' : `restic ${resticVersion}`;

/** By the second number; restic has been at 0 in the first. */
export const isAtLeast = (version: string): boolean =>
  Number(resticVersion?.split('.')[1] ?? 0) >= Number(version.split('.')[1]);

export interface ResticResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Stock restic on one repository, with a cache of its own. */
export class Restic {
  readonly directory = mkdtempSync(join(tmpdir(), 'triplicate-restic-'));
  readonly repository = join(this.directory, 'repository');
  readonly #password: string;

  constructor(password: string) {
    this.#password = password;
  }

  /** What it prints; a failure of restic is a failure of the test. */
  run(...args: string[]): string {
    return this.bytes(...args).toString('utf8');
  }

  bytes(...args: string[]): Buffer {
    return execFileSync(binary, args, { ...this.#options, maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** For a call that may fail. */
  try(...args: string[]): ResticResult {
    const { status, stdout, stderr } = spawnSync(binary, args, { ...this.#options, encoding: 'utf8' });
    return { status, stdout, stderr };
  }

  /** Goes on until its standard input ends, or the test kills it. */
  start(...args: string[]): ChildProcess {
    return spawn(binary, args, { ...this.#options, stdio: ['pipe', 'ignore', 'ignore'] });
  }

  get #options(): { env: NodeJS.ProcessEnv; cwd: string; timeout: number } {
    const env = {
      ...process.env,
      RESTIC_REPOSITORY: this.repository,
      RESTIC_PASSWORD: this.#password,
      RESTIC_CACHE_DIR: join(this.directory, 'cache'),
    };
    return { env, cwd: this.directory, timeout: 60_000 };
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

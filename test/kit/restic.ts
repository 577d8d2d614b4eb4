/** Stock restic, where the machine has it: the judge of every repository that we write. */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { password } from './local-pipeline.ts';

const exec = promisify(execFile);

const works = (program: string): string | undefined => {
  try {
    return execFileSync(program, ['version'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
};

export interface Restic {
  readonly program: string;
  readonly version: string;
}

/** Debian's, and a newer one named by RESTIC_NEWER. */
export const restics: readonly Restic[] = ['restic', process.env['RESTIC_NEWER'] ?? '']
  .filter((program) => program !== '')
  .flatMap((program) => {
    const version = works(program);
    return version === undefined ? [] : [{ program, version }];
  });

export const noRestic = restics.length === 0 ? 'restic is not installed' : undefined;

export interface ResticResult {
  readonly code: number;
  readonly out: string;
}

/** Runs restic on a repository of this test, with `own` besides what is in the environment; never throws for an exit code. */
export const restic = async (
  repository: string,
  args: readonly string[],
  program = 'restic',
  own: Readonly<Record<string, string>> = {},
): Promise<ResticResult> => {
  const env = {
    ...process.env,
    ...own,
    RESTIC_PASSWORD: password,
    RESTIC_FROM_PASSWORD: password,
    RESTIC_REPOSITORY: repository,
    RESTIC_PROGRESS_FPS: '0',
  };
  try {
    const { stdout, stderr } = await exec(program, ['--no-cache', ...args], { env, maxBuffer: 256 * 1024 * 1024 });
    return { code: 0, out: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : 1, out: stdout + stderr };
  }
};

/** What every restic has to say against each of these repositories when it is asked for `args`; empty when all are content. */
export const complaints = async (
  repositories: readonly string[],
  args: readonly string[],
  programs: readonly Restic[] = restics,
): Promise<string[]> => {
  const found = await Promise.all(
    repositories.map(async (repository) => {
      const said: string[] = [];
      // One after another: a check locks the repository for itself.
      for (const { program } of programs) {
        const { code, out } = await restic(repository, args, program);
        if (code !== 0) said.push(`${program} ${args.join(' ')} of ${repository}: ${out.slice(0, 800)}`);
      }
      return said;
    }),
  );
  return found.flat();
};

/** What restic prints as JSON, line by line; throws when it fails. */
export const resticJson = async <T>(repository: string, args: readonly string[], program = 'restic'): Promise<T[]> => {
  const { code, out } = await restic(repository, [...args, '--json'], program);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${out}`);
  const lines = out.split('\n').filter((line) => line.startsWith('{') || line.startsWith('['));
  return lines.flatMap((line) => JSON.parse(line) as T | T[]);
};

export interface ResticBackup {
  readonly message_type: string;
  readonly files_new: number;
  readonly files_changed: number;
  readonly files_unmodified: number;
  readonly data_added: number;
  readonly tree_blobs: number;
  readonly total_bytes_processed: number;
  readonly snapshot_id: string;
}

/** Backs up a folder as the machine that the tests run on, and gives the summary. */
export const resticBackup = async (
  repository: string,
  folder: string,
  { program = 'restic', args = [] }: { readonly program?: string; readonly args?: readonly string[] } = {},
): Promise<ResticBackup> => {
  const messages = await resticJson<ResticBackup>(repository, ['backup', folder, ...args], program);
  const summary = messages.find(({ message_type: type }) => type === 'summary');
  if (!summary) throw new Error(`${program} backup printed no summary`);
  return summary;
};

/** Whether it is as new as that, e.g. `0.15`. */
export const isAtLeast = ({ version }: Restic, wanted: string): boolean => {
  const [, minor = 0] = (/restic (\d+\.\d+)/.exec(version)?.[1] ?? '0.0').split('.').map(Number);
  return minor >= Number(wanted.split('.')[1]);
};

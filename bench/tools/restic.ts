import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run, type Command } from './measure.ts';

export interface Tool {
  readonly program: string;
  readonly version: string;
}

/** The first of these programs that answers. */
export const findTool = async (programs: readonly string[], question: string): Promise<Tool | undefined> => {
  for (const program of programs.filter((name) => name !== '')) {
    const version = await run({ program, args: [question] }).catch(() => undefined);
    if (version !== undefined) return { program, version: version.trim() };
  }
  return undefined;
};

/** A newer restic named by RESTIC_NEWER, or the one in PATH. */
export const findRestic = (): Promise<Tool | undefined> =>
  findTool([process.env['RESTIC_NEWER'] ?? '', 'restic'], 'version');

export const findBorg = (): Promise<Tool | undefined> => findTool(['borg'], '--version');

/** Stock restic on one repository. Without its cache, which costs it time where the repository is as near as the cache. */
export class Restic {
  readonly #tool: Tool;
  readonly #passwordFile: string;

  constructor(tool: Tool, passwordFile: string) {
    this.#tool = tool;
    this.#passwordFile = passwordFile;
  }

  command(repository: string, ...args: readonly string[]): Command {
    return {
      program: this.#tool.program,
      args: ['--no-cache', '--quiet', '--repo', repository, '--password-file', this.#passwordFile, ...args],
    };
  }

  backup(repository: string, data: string): Command {
    return this.command(repository, '--compression', 'auto', 'backup', data);
  }

  copy(from: string, to: string): Command {
    return this.command(to, 'copy', '--from-repo', from, '--from-password-file', this.#passwordFile);
  }
}

/** What each key file of a repository asks of scrypt. */
export const scryptCosts = (repository: string): readonly string[] =>
  readdirSync(join(repository, 'keys')).map((name) => {
    const { N, r, p } = JSON.parse(readFileSync(join(repository, 'keys', name), 'utf8')) as Record<string, unknown>;
    return `N=${String(N)}, r=${String(r)}, p=${String(p)}`;
  });

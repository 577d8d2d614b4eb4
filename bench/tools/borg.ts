import type { Command } from './measure.ts';
import { password } from './password.ts';
import type { Tool } from './restic.ts';

/** Borg 1.x, as it is set up by default, with its own cache beside the repository. */
export class Borg {
  readonly #tool: Tool;
  readonly #home: string;

  constructor(tool: Tool, home: string) {
    this.#tool = tool;
    this.#home = home;
  }

  init(repository: string): Command {
    return this.#command('init', '--encryption', 'repokey-blake2', repository);
  }

  create(repository: string, archive: string, data: string): Command {
    return this.#command('create', '--compression', 'lz4', `${repository}::${archive}`, data);
  }

  #command(...args: readonly string[]): Command {
    return {
      program: this.#tool.program,
      args,
      env: { BORG_PASSPHRASE: password, BORG_BASE_DIR: this.#home, BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes' },
    };
  }
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { password } from './password.ts';
import { run, type Command } from './measure.ts';

/** What users run: the built program. */
const program = resolve(import.meta.dirname, '../../packages/cli/bin/triplicate.js');

export const triplicateVersion: Command = { program: process.execPath, args: [program, '--version'] };

/** A pipeline in a folder of its own: configuration, password, state, and one folder for each destination. */
export class TriplicateSetup {
  readonly home: string;
  /** As the configuration has it. */
  readonly #source: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly passwordFile: string;

  constructor(home: string, source: { readonly text: string; readonly env?: Readonly<Record<string, string>> }) {
    this.home = home;
    this.#source = source.text;
    this.#env = source.env ?? {};
    this.passwordFile = join(home, 'password');
    mkdirSync(home, { recursive: true });
    writeFileSync(this.passwordFile, `${password}\n`, { mode: 0o600 });
  }

  repository(destination: string): string {
    return join(this.home, destination);
  }

  /** Says where backups go from now on. */
  aim(destinations: readonly string[]): void {
    this.aimAt(
      Object.fromEntries(
        destinations.map((name) => [name, `{ type: local, path: ${JSON.stringify(this.repository(name))} }`]),
      ),
    );
  }

  /** The same for destinations of any kind: what the configuration says of them, by name. */
  aimAt(destinations: Readonly<Record<string, string>>): void {
    const entries = Object.entries(destinations).map(([name, text]) => `      ${name}: ${text}\n`);
    const config = `version: 1
pipelines:
  bench:
    sources:
      data: ${this.#source}
    destinations:
${entries.join('')}    encrypt: { password: { file: ${JSON.stringify(this.passwordFile)} } }
`;
    writeFileSync(join(this.home, 'triplicate.yaml'), config);
  }

  /** Creates what the named destinations lack, and aims at them. */
  async create(destinations: readonly string[]): Promise<void> {
    this.aim(destinations);
    await run(this.command('init'));
  }

  command(...args: readonly string[]): Command {
    return {
      program: process.execPath,
      args: [program, '--config', join(this.home, 'triplicate.yaml'), '--quiet', ...args],
      env: {
        ...this.#env,
        TRIPLICATE_STATE_DIR: join(this.home, 'state'),
        TRIPLICATE_CACHE_DIR: join(this.home, 'cache'),
      },
    };
  }
}

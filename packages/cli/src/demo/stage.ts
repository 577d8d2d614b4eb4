import { BackupError, sleepFor, systemClock } from '@triplicate/core';
import { Readable } from 'node:stream';
import { run } from '../app.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../program/command.ts';

/** To read what was said, where somebody reads it. */
const pauseMs = 1200;

export interface StageParts {
  readonly context: CommandContext;
  /** Where the commands run. */
  readonly folder: string;
  readonly isQuick: boolean;
  /** Where the simulated phones are plugged in. */
  readonly daemon: string;
}

/** Tells the story and runs the commands in it. */
export class Stage {
  readonly #parts: StageParts;
  #chapter = 0;

  constructor(parts: StageParts) {
    this.#parts = parts;
  }

  async tell(...lines: readonly string[]): Promise<void> {
    await this.#parts.context.output.prose(lines.join('\n'));
  }

  async chapter(title: string, ...text: readonly string[]): Promise<void> {
    this.#chapter += 1;
    const { output, surroundings, signal } = this.#parts.context;
    signal.throwIfAborted();
    if (this.isWatched) await sleepFor(surroundings.clock ?? systemClock, pauseMs, signal);
    await this.tell('', output.style.strong(`${this.#chapter}. ${title}`), ...text);
  }

  /** Whether somebody sits at the terminal and has the time. */
  get isWatched(): boolean {
    return this.#parts.context.output.talk.isTTY === true && !this.#parts.isQuick;
  }

  /** `run` for a command without which the rest of the story would not be true: it ends the demo when it fails. */
  async succeed(...parameters: readonly string[]): Promise<void> {
    const code = await this.run(...parameters);
    if (code === exitCodes.ok) return;
    throw new BackupError('IO', `the demo ends here: \`triplicate ${parameters.join(' ')}\` ended with ${code}`, {
      hint: `what it said stands above; what it did stands in ${this.#parts.folder}`,
    });
  }

  /** The command itself, run as a person would run it. */
  async run(...parameters: readonly string[]): Promise<ExitCode> {
    const { context, folder, daemon } = this.#parts;
    const { output, surroundings, signal } = context;
    signal.throwIfAborted();
    await this.tell(output.style.code(`$ triplicate ${parameters.join(' ')}`));
    const { json, quiet, verbose } = output.options;
    const voice = [json ? ['--json'] : [], quiet ? ['--quiet'] : [], verbose ? ['--verbose'] : []].flat();
    const code = await run([...voice, ...parameters], {
      ...surroundings,
      cwd: folder,
      // The person watches: none of the commands may stop and wait for an answer.
      stdin: Readable.from([]),
      env: { ...surroundings.env, TRIPLICATE_CONFIG: undefined, USBMUXD_SOCKET_ADDRESS: daemon },
      // A stop reaches the inner command through the outer one.
      onStop: (listener) => {
        const stop = (): void => listener('SIGINT');
        signal.addEventListener('abort', stop, { once: true });
        return { [Symbol.dispose]: () => signal.removeEventListener('abort', stop) };
      },
      onCrash: () => ({ [Symbol.dispose]: () => undefined }),
    });
    signal.throwIfAborted();
    return code;
  }
}

import { exitCodes } from './exit-codes.ts';
import type { Output } from './output/output.ts';
import type { CommandDefinition } from './program/command.ts';
import type { CliSurroundings } from './surroundings.ts';

/** A terminal tells every process of a group, and those that started us may pass it on: so near to each other they are one request. */
const oneRequestMs = 500;
/** How long a clean end may take after Ctrl-C. */
const graceMs = 15_000;

/** Decides when a command has to end before it is done: Ctrl-C, SIGTERM, a reader that left, an error that nobody caught. */
export class Stopper implements Disposable {
  readonly #surroundings: CliSurroundings;
  readonly #output: Output;
  readonly #abort = new AbortController();
  readonly #stack = new DisposableStack();
  #definition: CommandDefinition | undefined;
  #options: unknown;
  #requestedAt: number | undefined;

  constructor(surroundings: CliSurroundings, output: Output) {
    this.#surroundings = surroundings;
    this.#output = output;
    this.#stack.use(surroundings.onStop(() => this.#stop()));
    this.#stack.use(surroundings.onCrash((error) => this.#crash(error)));
    output.closed.addEventListener('abort', () => this.#readerLeft(), { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether a person or the system asked to stop. */
  get requested(): boolean {
    return this.#requestedAt !== undefined;
  }

  /** Whether a command that only prints has nobody to print for. */
  get readerLeft(): boolean {
    return this.#output.closed.aborted && this.#definition?.onlyPrints === true;
  }

  begin(definition: CommandDefinition, options: unknown): void {
    this.#definition = definition;
    this.#options = options;
    this.signal.throwIfAborted();
  }

  #stop(): void {
    if (this.#requestedAt !== undefined) {
      if (performance.now() - this.#requestedAt > oneRequestMs) this.#kill();
      return;
    }
    this.#requestedAt = performance.now();
    this.#output.say(this.#stopping());
    this.#abort.abort();
    const timer = setTimeout(() => {
      this.#output.say('it did not stop in time and is ended now; nothing that was stored is lost');
      this.#kill();
    }, graceMs).unref();
    this.#stack.defer(() => clearTimeout(timer));
  }

  #stopping(): string {
    const definition = this.#definition;
    return definition?.tellStopping?.(this.#options) ?? definition?.stopping ?? 'stopping';
  }

  #kill(): void {
    this.#output.restoreTerminal();
    this.#surroundings.kill(exitCodes.interrupted);
  }

  #readerLeft(): void {
    if (this.readerLeft) this.#abort.abort();
  }

  #crash(error: unknown): void {
    this.#output.restoreTerminal();
    this.#output.unexpected(error);
    this.#surroundings.kill(exitCodes.failed);
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

import type { BackupError } from '@triplicate/core';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { errorLine, warningLine } from '../json/lines.ts';
import type { JsonLine } from '../json/types.ts';
import type { CliSurroundings, OutputStream } from '../surroundings.ts';
import { formatError, formatWarning } from './error.ts';
import { asTyped, wrapped, type Given } from './prose.ts';
import { createStyle, wantsColour, type Style } from './style.ts';

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

// oxlint-disable-next-line no-control-regex -- these are exactly the characters that must not pass
const harmful = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[[\d;]*m)/g;
/** Names and messages come from phones and servers: nothing in them but line ends, tabs and colours reaches the terminal. */
const harmless = (text: string): string => text.replaceAll(harmful, '');

const closings = new WeakMap<OutputStream, AbortController>();

/** Fires when nobody reads the stream any more. One listener for each stream, however many commands write to it one after another. */
const closedOf = (stream: OutputStream): AbortSignal => {
  const known = closings.get(stream);
  if (known) return known.signal;
  const closing = new AbortController();
  closings.set(stream, closing);
  stream.on('error', () => closing.abort());
  return closing.signal;
};

/** Something that stands at the bottom of the terminal; what is said while it stands goes above it. */
export interface Overlay extends Disposable {
  printAbove(text: string): void;
  /** Takes the overlay away while `write` writes whole lines to the same terminal through another stream, and draws it below them. */
  aside<T>(write: () => T): T;
}

/** Where a warning comes from. */
export interface WarningPlace {
  readonly destination?: string | undefined;
  readonly source?: string | undefined;
}

/**
 * The two voices of the program: stdout is the result, stderr is the talk. With `json` the result is one object a line and there is no
 * talk but warnings, as objects too. Everything but `raw` goes through the redactor.
 */
export class Output {
  readonly options: OutputOptions;
  /** For the result. */
  readonly style: Style;
  /** For the talk. */
  readonly talkStyle: Style;
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  readonly #env: CliSurroundings['env'];
  readonly #redactors: ((text: string) => string)[] = [];
  #overlay: Overlay | undefined;
  #given: Given | undefined;

  constructor({ stdout, stderr, env }: Pick<CliSurroundings, 'stdout' | 'stderr' | 'env'>, options: OutputOptions) {
    this.options = options;
    this.#stdout = stdout;
    closedOf(stdout);
    this.#stderr = stderr;
    this.#env = env;
    this.style = createStyle(!options.json && wantsColour(stdout, env));
    this.talkStyle = createStyle(wantsColour(stderr, env));
    closedOf(stderr);
  }

  /** Fires when nobody reads the result any more (`| head`). */
  get closed(): AbortSignal {
    return closedOf(this.#stdout);
  }

  get json(): boolean {
    return this.options.json;
  }

  /** How many columns the result has on a terminal; `undefined` where it goes elsewhere and may be as wide as it is. */
  get room(): number | undefined {
    const { isTTY, columns } = this.#stdout;
    return isTTY === true ? columns || 80 : undefined;
  }

  /** The stream of the talk, for bars and questions. */
  get talk(): OutputStream {
    return this.#stderr;
  }

  /** From now on everything passes `redact` too. */
  protect(redact: (text: string) => string): void {
    this.#redactors.push(redact);
  }

  redact(text: string): string {
    return this.#redactors.reduce((masked, redact) => redact(masked), text);
  }

  setOverlay(overlay: Overlay | undefined): void {
    this.#overlay = overlay;
  }

  /** A part of the result for people. Resolves when more may be written. */
  result(text: string): Promise<void> {
    return this.json ? Promise.resolve() : this.#write(`${this.redact(harmless(text))}\n`);
  }

  /** Sentences for people: broken between words where the terminal ends. */
  prose(text: string): Promise<void> {
    return this.result(this.#fit(text, this.#stdout));
  }

  /** What a command did, for people; with `--quiet` only when it did not go well. */
  report(text: string, code: ExitCode): Promise<void> {
    return this.options.quiet && code === exitCodes.ok ? Promise.resolve() : this.prose(text);
  }

  /** A part of the result for programs; nothing without `--json`. */
  line(line: JsonLine): Promise<void> {
    return this.json ? this.#write(`${this.redact(JSON.stringify(line))}\n`) : Promise.resolve();
  }

  /** The bytes of a file, as they are. */
  raw(bytes: Uint8Array): Promise<void> {
    return this.#write(bytes);
  }

  /** From now on commands that are named work on what this one was given. */
  speakOf(given: Given): void {
    this.#given = given;
  }

  /** With the commands in it as this person has to type them. */
  typed(text: string): string {
    return asTyped(text, { env: this.#env, given: this.#given });
  }

  #fit(text: string, { isTTY, columns = 80 }: OutputStream): string {
    return wrapped(this.typed(text), isTTY === true ? columns : 0);
  }

  #write(data: string | Uint8Array): Promise<void> {
    const write = (): boolean => this.#stdout.write(data);
    const overlay = this.#stdout.isTTY === true ? this.#overlay : undefined;
    if (this.closed.aborted || (overlay ? overlay.aside(write) : write())) return Promise.resolve();
    return new Promise((resolve) => {
      const go = (): void => {
        this.#stdout.off('drain', go);
        this.closed.removeEventListener('abort', go);
        resolve();
      };
      this.#stdout.once('drain', go);
      this.closed.addEventListener('abort', go, { once: true });
    });
  }

  /** A sentence on the way; not with `--quiet` or `--json`. */
  say(text: string): void {
    if (!this.options.quiet && !this.json) this.#tell(text);
  }

  /** With `--verbose` alone. */
  detail(text: string): void {
    if (this.options.verbose && !this.json) this.#tell(this.talkStyle.faint(text));
  }

  /** A caution in passing that is no error, e.g. of a plugin. */
  note(text: string): void {
    if (!this.json) this.#tell(`${this.talkStyle.caution('note:')} ${text}`);
  }

  warn(error: BackupError, place: WarningPlace = {}): void {
    if (this.json) void this.line(warningLine(error, place));
    else this.#tell(formatWarning(error, place, this.talkStyle));
  }

  /** Why the command ended. */
  fail(error: BackupError): void {
    if (this.json) void this.line(errorLine(error));
    else this.#tell(formatError(error, this.talkStyle, { verbose: this.options.verbose }));
  }

  /** An error that nobody caught: one sentence, and with `--verbose` where it happened. */
  unexpected(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const stack = this.options.verbose && error instanceof Error && error.stack !== undefined ? `\n${error.stack}` : '';
    const hint = 'run it again with --verbose and report what it shows';
    const text = `something unexpected happened: ${message}`;
    if (this.json) void this.line({ type: 'error', code: 'IO', message: text, hint });
    else this.#tell(`${this.talkStyle.bad('error:')} ${text}\n  hint: ${hint}${stack}`);
  }

  /** Takes bars away and gives the cursor back, before the program is ended by force. */
  restoreTerminal(): void {
    this.#overlay?.[Symbol.dispose]();
    this.#overlay = undefined;
  }

  #tell(text: string): void {
    const safe = this.#fit(this.redact(harmless(text)), this.#stderr);
    if (this.#overlay) this.#overlay.printAbove(safe);
    else this.#stderr.write(`${safe}\n`);
  }
}

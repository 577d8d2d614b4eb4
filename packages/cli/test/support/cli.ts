import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { type Clock, systemClock } from '@triplicate/core';
import { hastyClock } from '@triplicate/core/testing';
import { run } from '../../src/app.ts';
import type { CliSurroundings, StopSignal } from '../../src/surroundings.ts';

export interface Ended {
  readonly code: number;
  /** With the temporary folder written as `/anna`. */
  readonly out: string;
  readonly err: string;
  /** Lines of stdout, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

/** What has to stand on the screen (a question that waits, or what is said against an answer), and the keys that are pressed then. */
export type Answer = readonly [text: string, keys: string];

export interface TypeOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Makes stderr a terminal of this width. */
  readonly columns?: number;
  /** Makes stdout a terminal of this width. */
  readonly room?: number;
  /** Called with every piece of the talk. */
  readonly onTalk?: (text: string) => void;
  /** A person at a terminal, who presses this key when the talk has a question with Yes and No. */
  readonly presses?: string;
  /** A person at a terminal, who presses these keys at these questions, one after another. What has not come up at the end is told. */
  readonly answers?: readonly Answer[];
  readonly cwd?: string;
  readonly clock?: Clock;
  readonly platform?: NodeJS.Platform;
}

/** An empty home with a working folder in it, and a command line that runs in this process. */
export interface Cli extends AsyncDisposable {
  /** The working folder; everything in it is gone afterwards. */
  readonly folder: string;
  /** The home folder of the person. */
  readonly home: string;
  type(parameters: readonly string[], options?: TypeOptions): Promise<Ended>;
  /** What such a command line stands in, with streams that nobody reads. */
  surroundings(env?: TypeOptions['env']): CliSurroundings;
  /** As if Ctrl-C was pressed, or the system ended it, for the command that runs. */
  interrupt(signal?: StopSignal): void;
  /** Codes that `kill` was called with. */
  readonly killed: readonly number[];
}

/** The least that our own rules for passwords allow nothing of: fast, for passwords that protect nothing. */
const weakScrypt = { N: 16, r: 1, p: 1 };

/** Nothing else locks what a command line here works on, so that it does not have to look a second time. */
const aloneClock = hastyClock(systemClock, 250);

export const createCli = async (): Promise<Cli> => {
  const base = await mkdtemp(join(tmpdir(), 'triplicate-cli-'));
  const folder = join(base, 'work');
  // Beside it: plugins look for `~` in the real home folder.
  const home = join(base, 'home');
  await Promise.all([mkdir(folder), mkdir(home)]);
  const stops = new Set<(signal: StopSignal) => void>();
  const killed: number[] = [];
  const surround = (
    streams: Streams,
    { env, cwd = folder, clock = aloneClock, platform = process.platform }: TypeOptions,
  ): CliSurroundings => ({
    ...streams,
    env: { LANG: 'C.UTF-8', ...env },
    cwd,
    home,
    platform,
    clock,
    hostname: 'annas-laptop',
    userId: process.getuid?.(),
    groupId: process.getgid?.(),
    username: 'anna',
    pid: process.pid,
    threads: 1,
    scrypt: weakScrypt,
    onStop: (listener) => {
      stops.add(listener);
      return { [Symbol.dispose]: () => void stops.delete(listener) };
    },
    onCrash: () => ({ [Symbol.dispose]: () => undefined }),
    kill: (code) => void killed.push(code),
  });
  const type = async (parameters: readonly string[], options: TypeOptions = {}): Promise<Ended> => {
    const stdin = new PassThrough();
    const { presses } = options;
    const isPerson = presses !== undefined || options.answers !== undefined;
    const replies = new Replies(options.answers ?? [], (keys) => stdin.write(keys));
    let pressed = false;
    const heard = (text: string): void => {
      options.onTalk?.(text);
      replies.hear(text);
      if (presses === undefined || pressed || !/Yes.*No/s.test(text)) return;
      pressed = true;
      // Not while the question is still being drawn.
      setImmediate(() => stdin.write(presses));
    };
    const [stdout, stderr] = [recorder(), recorder(heard)];
    const columns = options.columns ?? (isPerson ? 120 : undefined);
    if (columns !== undefined) Object.assign(stderr.stream, { isTTY: true, columns, rows: 24 });
    if (isPerson) Object.assign(stdin, { isTTY: true, setRawMode: () => stdin });
    if (options.room !== undefined) Object.assign(stdout.stream, { isTTY: true, columns: options.room, rows: 24 });
    const streams = { stdin, stdout: stdout.stream, stderr: stderr.stream };
    const surroundings = surround(streams, options);
    const code = await run(parameters, surroundings);
    if (replies.left.length > 0) throw new Error(`nobody asked "${replies.left[0]?.[0]}":\n${stderr.text()}`);
    const [out, err] = [stdout.text(), stderr.text()].map((text) => text.replaceAll(base, '/anna'));
    return { code, out: out ?? '', err: err ?? '', lines: parseLines(stdout.text()) };
  };
  return {
    folder,
    home,
    type,
    surroundings: (env) => {
      const [stdout, stderr] = [recorder(), recorder()];
      return surround({ stdin: new PassThrough(), stdout: stdout.stream, stderr: stderr.stream }, env ? { env } : {});
    },
    killed,
    interrupt: (signal = 'SIGINT') => {
      for (const stop of stops) stop(signal);
    },
    [Symbol.asyncDispose]: () => rm(base, { recursive: true, force: true }),
  };
};

/** Looks at what is new on the screen alone, so that a question may come up twice. */
class Replies {
  readonly left: Answer[];
  readonly #write: (keys: string) => void;
  #seen = '';

  constructor(answers: readonly Answer[], write: (keys: string) => void) {
    this.left = [...answers];
    this.#write = write;
  }

  hear(text: string): void {
    this.#seen += stripVTControlCharacters(text);
    const [next] = this.left;
    if (next === undefined || !this.#seen.includes(next[0])) return;
    this.left.shift();
    this.#seen = '';
    // Not while the question is still being drawn.
    setImmediate(() => this.#write(next[1]));
  }
}

type Streams = Pick<CliSurroundings, 'stdin' | 'stdout' | 'stderr'>;

const recorder = (onText?: (text: string) => void): { readonly stream: PassThrough; readonly text: () => string } => {
  const stream = new PassThrough();
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => {
    parts.push(part);
    onText?.(part.toString('utf8'));
  });
  return { stream, text: () => Buffer.concat(parts).toString('utf8') };
};

const parseLines = (text: string): Record<string, unknown>[] =>
  text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));

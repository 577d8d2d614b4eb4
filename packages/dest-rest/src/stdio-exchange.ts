/** HTTP/2 over the standard input and output of `rclone serve restic --stdio`: no port, no password, every remote of rclone. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { type ClientHttp2Session, connect } from 'node:http2';
import { Duplex, PassThrough, Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError, copies, type HttpAnswer, type HttpExchange, type HttpRequest } from '@triplicate/core';

export interface StdioOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly directory: string;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Running {
  readonly session: ClientHttp2Session;
  readonly child: Child;
  /** Resolves when the program has ended, with what is to be said of it. */
  readonly ended: Promise<BackupError>;
}

/** Of one stream; the default of 64 KiB halves the speed of reading. */
const windowBytes = 4 * 1024 * 1024;
const endingMs = 2000;

export class StdioExchange implements HttpExchange {
  readonly #options: StdioOptions;
  #running: Running | undefined;
  #closed = false;

  constructor(options: StdioOptions) {
    this.#options = options;
  }

  async send({ body, headers = {}, method, path, signal }: HttpRequest): Promise<HttpAnswer> {
    if (this.#closed) throw new BackupError('ABORTED', 'it is closed');
    const running = (this.#running ??= this.#start());
    const length = body === undefined ? {} : { 'content-length': String(body.size) };
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    const stream = running.session.request(
      { ...headers, ...length, ':method': method, ':path': `/${path}` },
      { endStream: body === undefined, signal },
    );
    stream.on('error', reject);
    stream.once('close', () => reject(new BackupError('UNAVAILABLE', 'rclone gave no answer')));
    stream.once('response', (answer) => {
      // Taken at once: what nobody reads yet when the stream closes would be thrown away.
      const content = new PassThrough();
      content.on('error', () => undefined);
      pipeline(stream, content).catch(() => undefined);
      resolve({ status: answer[':status'] ?? 0, headers: answer, content });
    });
    if (body !== undefined) pipeline(Readable.from(copies(body, signal)), stream).catch(reject);
    try {
      return await promise;
    } catch (error) {
      if (!running.session.destroyed || signal.aborted) throw error;
      throw await running.ended;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const running = this.#running;
    if (running === undefined) return;
    running.session.destroy();
    running.child.stdin.end();
    const timer = setTimeout(() => running.child.kill('SIGKILL'), endingMs);
    await running.ended;
    clearTimeout(timer);
  }

  /** The program is started again by the next call after it ended. */
  #start(): Running {
    const { args, directory, program } = this.#options;
    const child = spawn(program, args, { cwd: directory, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    const ended = endOf(child, program);
    child.stdin.on('error', () => undefined);
    const pipes = Duplex.from({ readable: child.stdout, writable: child.stdin });
    const session = connect('http://rclone', {
      createConnection: () => pipes,
      settings: { initialWindowSize: windowBytes },
    });
    session.on('error', () => undefined);
    session.once('connect', () => session.setLocalWindowSize(4 * windowBytes));
    const running = { child, ended, session };
    const over = (): void => {
      try {
        session.destroy();
      } catch {
        // Node asserts that the pipe still takes a goodbye, which it does not when the program ended first.
      }
      if (this.#running === running) this.#running = undefined;
    };
    session.once('close', over);
    session.once('goaway', over);
    void ended.then(over);
    return running;
  }
}

const endOf = async (child: Child, program: string): Promise<BackupError> => {
  const { promise, resolve } = Promise.withResolvers<BackupError>();
  let said = '';
  child.stderr.on('data', (piece: Buffer) => (said = (said + piece.toString()).slice(-2000)));
  child.once('error', (cause: NodeJS.ErrnoException) => {
    const missing = cause.code === 'ENOENT';
    const words = missing ? `there is no program "${program}"` : `"${program}" cannot be started (${cause.code})`;
    const hint = 'Install rclone, or name it as "program" of this destination.';
    resolve(new BackupError(missing ? 'CONFIG_INVALID' : 'IO', words, { hint, cause }));
  });
  child.once('close', () => resolve(lastWords(said)));
  return promise;
};

/** Of the program's last line, without the time before it. */
const lastWords = (said: string): BackupError => {
  const line = said.trim().split('\n').at(-1) ?? '';
  const words = line.replace(/^\d{4}\/\d\d\/\d\d [\d:.]+ /, '').slice(0, 200);
  const told = words === '' ? 'rclone ended' : `rclone ended: ${words}`;
  if (/didn't find section|unknown (flag|backend|remote)|couldn't find backend|not found in config/i.test(words)) {
    return new BackupError('CONFIG_INVALID', told, { hint: 'Set this remote up with `rclone config`.' });
  }
  return new BackupError('UNAVAILABLE', told);
};

/** HTTP/2 over the standard input and output of `rclone serve restic --stdio`: no port, no password, every remote of rclone. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { type ClientHttp2Session, connect } from 'node:http2';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError, copies, type HttpAnswer, type HttpExchange, type HttpRequest } from '@triplicate/core';
import { socketPair } from './socket-pair.ts';

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
  #running: Promise<Running> | undefined;
  #closed = false;

  constructor(options: StdioOptions) {
    this.#options = options;
  }

  async send({ body, headers = {}, method, path, signal }: HttpRequest): Promise<HttpAnswer> {
    if (this.#closed) throw new BackupError('ABORTED', 'it is closed');
    const running = await (this.#running ??= this.#start());
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
    const running = await this.#running?.catch(() => undefined);
    if (running === undefined) return;
    // Closes the connection, and with it the input of the program, which ends then.
    running.session.destroy();
    const timer = setTimeout(() => running.child.kill('SIGKILL'), endingMs);
    await running.ended;
    clearTimeout(timer);
  }

  /** The program is started again by the next call after it ended. */
  #start(): Promise<Running> {
    const starting = this.#launch(() => {
      if (this.#running === starting) this.#running = undefined;
    });
    starting.catch(() => (this.#running = undefined));
    return starting;
  }

  /** `over` is called when this program takes no more calls. */
  async #launch(over: () => void): Promise<Running> {
    const { args, directory, program } = this.#options;
    // HTTP/2 of Node on a stream that is no socket asserts, where nobody can catch it, when it has to write after that stream has broken.
    const [near, far] = await socketPair();
    const child = spawn(program, args, { cwd: directory, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    const ended = endOf(child, program);
    pipeline(far, child.stdin).catch(() => undefined);
    pipeline(child.stdout, far).catch(() => undefined);
    const session = connect('http://rclone', {
      createConnection: () => near,
      settings: { initialWindowSize: windowBytes },
    });
    session.on('error', () => undefined);
    session.once('connect', () => session.setLocalWindowSize(4 * windowBytes));
    for (const event of ['close', 'goaway'] as const) session.once(event, over);
    void ended.then(() => session.destroy());
    return { child, ended, session };
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
  const lines = said.trim().split('\n');
  const line = lines.findLast((one) => !one.includes('NOTICE: Config file')) ?? '';
  const words = line.replace(/^\d{4}\/\d\d\/\d\d [\d:.]+ /, '').slice(0, 200);
  const told = words === '' ? 'rclone ended' : `rclone ended: ${words}`;
  if (/didn't find section|unknown (flag|backend|remote)|couldn't find backend|not found in config/i.test(words)) {
    return new BackupError('CONFIG_INVALID', told, { hint: 'Set this remote up with `rclone config`.' });
  }
  return new BackupError('UNAVAILABLE', told);
};

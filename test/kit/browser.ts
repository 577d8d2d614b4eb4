import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const programs = ['chromium', 'chromium-browser', 'google-chrome'];

/** The browser that is installed here, if any. */
export const browserProgram = programs.find((name) => spawnSync('which', [name]).status === 0);

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
  readonly sessionId?: string;
}

/** What a page did while it was looked at. */
export interface Visit {
  /** Addresses of everything that it asked for, itself the first. */
  readonly requests: readonly string[];
  /** Dialogs, errors and whatever it wrote to the console. */
  readonly noises: readonly string[];
  /** From the begin of loading to the end of the first layout. */
  readonly milliseconds: number;
  evaluate(expression: string): Promise<unknown>;
  screenshot(options?: { readonly whole?: boolean }): Promise<Buffer>;
  pdf(): Promise<Buffer>;
}

/** A real browser without a window, driven over its own protocol. It can reach no network. */
export class Browser implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #close: () => Promise<void>;
  readonly #waiting = new Map<number, { resolve: (message: Message) => void }>();
  readonly #listeners = new Set<(message: Message) => void>();
  #last = 0;

  private constructor(socket: WebSocket, close: () => Promise<void>) {
    this.#socket = socket;
    this.#close = close;
    socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data)) as Message));
  }

  static async open(program: string): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), 'browser-'));
    const child = spawn(
      program,
      [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--no-first-run',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--hide-scrollbars',
        '--remote-debugging-port=0',
        '--host-resolver-rules=MAP * ~NOTFOUND',
        `--user-data-dir=${profile}`,
        'about:blank',
      ],
      { stdio: 'ignore' },
    );
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const close = async (): Promise<void> => {
      child.kill();
      await Promise.race([ended, delay(5000)]);
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    };
    try {
      return new Browser(await connect(profile), close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  /** Opens a page and waits until it is laid out. */
  async visit(url: string, { width = 900, height = 1200 } = {}): Promise<Visit> {
    const { targetId } = await this.#call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.#call('Target.attachToTarget', { targetId, flatten: true });
    const session = String(sessionId);
    const requests: string[] = [];
    const noises: string[] = [];
    let loaded = (): void => undefined;
    const isLoaded = new Promise<void>((resolve) => void (loaded = resolve));
    this.#listeners.add(({ method, params, sessionId: from }) => {
      if (from !== session) return;
      if (method === 'Network.requestWillBeSent')
        requests.push(String((params?.['request'] as { readonly url?: string } | undefined)?.url));
      if (method === 'Page.loadEventFired') loaded();
      if (
        method === 'Page.javascriptDialogOpening' ||
        method === 'Runtime.exceptionThrown' ||
        method === 'Runtime.consoleAPICalled'
      )
        noises.push(`${method} ${JSON.stringify(params)}`);
      if (method === 'Page.javascriptDialogOpening')
        void this.#call('Page.handleJavaScriptDialog', { accept: false }, session);
    });
    const call = (method: string, params: object = {}) => this.#call(method, params, session);
    for (const domain of ['Network', 'Page', 'Runtime']) await call(`${domain}.enable`);
    await call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    const begun = performance.now();
    await call('Page.navigate', { url });
    await isLoaded;
    const evaluate = async (expression: string): Promise<unknown> => {
      const { result } = await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      return (result as { value?: unknown }).value;
    };
    await evaluate('document.body.getBoundingClientRect().height');
    const milliseconds = performance.now() - begun;
    const bytes = async (method: string, params: object): Promise<Buffer> =>
      Buffer.from(String((await call(method, params))['data']), 'base64');
    return {
      requests,
      noises,
      milliseconds,
      evaluate,
      screenshot: ({ whole = false } = {}) =>
        bytes('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole }),
      pdf: () => bytes('Page.printToPDF', { printBackground: true }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#close();
  }

  async #call(method: string, params: object, sessionId?: string): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#last;
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, { resolve }));
    this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
    const { error, result = {} } = await answer;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  #hear(message: Message): void {
    if (message.id === undefined) return this.#listeners.forEach((listener) => listener(message));
    this.#waiting.get(message.id)?.resolve(message);
    this.#waiting.delete(message.id);
  }
}

/** The browser writes its address into its profile when it listens. */
const connect = async (profile: string): Promise<WebSocket> => {
  for (let attempt = 0; attempt < 300; attempt++) {
    const [port, path] = (await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '')).split('\n');
    if (port && path) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
      await new Promise((resolve, reject) => {
        socket.addEventListener('open', resolve);
        socket.addEventListener('error', reject);
      });
      return socket;
    }
    await delay(100);
  }
  throw new Error('the browser did not come up');
};

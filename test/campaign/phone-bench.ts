/** A phone in one process and the command line in another: what a backup costs, and where it writes. */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { DeviceOptions } from '@triplicate/device-simulator';
import type { PhoneHostJob, PhoneState } from '../kit/phone-host.ts';

const root = resolve(import.meta.dirname, '../..');
const conditions = '--conditions=@triplicate/source';
const program = [process.execPath, conditions, join(root, 'packages/cli/src/main.ts')];
/** What users run; it starts sooner. */
const builtProgram = [process.execPath, join(root, 'packages/cli/bin/triplicate.js')];
const udid = '00008110-00000000CA3BA167';

export interface PhoneBenchOptions {
  readonly phone: Omit<DeviceOptions, 'udid'>;
  /** Names of local destinations, or destinations in YAML by name. */
  readonly destinations: readonly string[] | Readonly<Record<string, string>>;
  /** For all that is made; the system's temporary folder when absent. */
  readonly place?: string | undefined;
  /** The program as `npm run build` makes it. */
  readonly built?: boolean;
  /** The phone encrypts its backups. */
  readonly encrypted?: boolean;
}

export interface RunOfPhone {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly dataAdded: number;
  /** What the process wrote to files, by where they stand; only with `trace`. */
  readonly written: Readonly<Record<'destinations' | 'manifests' | 'elsewhere', number>> | undefined;
}

export class PhoneBench implements AsyncDisposable {
  readonly folder: string;
  readonly #destinations: Readonly<Record<string, string>>;
  readonly #source: string;
  readonly #program: readonly string[];
  readonly #phone: ChildProcess;
  state: PhoneState;

  private constructor(folder: string, options: PhoneBenchOptions, phone: ChildProcess, state: PhoneState) {
    const { built = false, destinations, encrypted = false } = options;
    this.folder = folder;
    this.#destinations = Array.isArray(destinations)
      ? Object.fromEntries(destinations.map((name: string) => [name, `{ type: local, path: ./${name} }`]))
      : (destinations as Readonly<Record<string, string>>);
    const encryption = encrypted ? ', encryption: required, password: { file: ./password }' : '';
    this.#source = `{ type: device, udid: ${udid}${encryption} }`;
    this.#program = built ? builtProgram : program;
    this.#phone = phone;
    this.state = state;
  }

  static async open(options: PhoneBenchOptions): Promise<PhoneBench> {
    const folder = mkdtempSync(join(options.place ?? tmpdir(), 'triplicate-phone-'));
    mkdirSync(join(folder, 'home'));
    const job: PhoneHostJob = { options: { ...options.phone, udid }, socket: join(folder, 'mux') };
    const phone = fork(join(root, 'test/kit/phone-host.ts'), [JSON.stringify(job)], { execArgv: [conditions] });
    const [state] = (await once(phone, 'message')) as [PhoneState];
    const bench = new PhoneBench(folder, options, phone, state);
    writeFileSync(join(folder, 'password'), 'words of a campaign\n', { mode: 0o600 });
    writeFileSync(join(folder, 'triplicate.yaml'), bench.#config());
    await bench.#triplicate('devices', 'pair');
    await bench.#triplicate('init');
    return bench;
  }

  #config(): string {
    const places = Object.entries(this.#destinations).map(([name, yaml]) => `      ${name}: ${yaml}\n`);
    return `version: 1
pipelines:
  phone:
    sources:
      phone: ${this.#source}
    encrypt: { password: { file: ./password } }
    destinations:
${places.join('')}`;
  }

  /** Local destinations are empty again, and nothing is remembered. */
  async renew(): Promise<void> {
    for (const name of [...Object.keys(this.#destinations), 'cache', 'state'])
      rmSync(join(this.folder, name), { recursive: true, force: true });
    await this.#triplicate('init');
  }

  forgetCache(): void {
    rmSync(join(this.folder, 'cache'), { recursive: true, force: true });
  }

  /** Of the copy in the cache. */
  manifestBytes(): number {
    const folder = join(this.folder, 'cache');
    const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
      name.endsWith('Manifest.db'),
    );
    return found === undefined ? 0 : statSync(join(folder, found)).size;
  }

  /** The same by idevicebackup2, whole, into a folder that is removed again; seconds. */
  async idevicebackup2(): Promise<number> {
    const [cost, plain] = [join(this.folder, 'cost'), join(this.folder, 'plain')];
    mkdirSync(plain);
    await this.#run(['/usr/bin/time', '-q', '-f', '%e %M', '-o', cost, 'idevicebackup2', '-u', udid, 'backup', plain]);
    rmSync(plain, { recursive: true });
    return this.#costs(cost).seconds;
  }

  /** Changes files on the phone. */
  async edit(count: number): Promise<PhoneState> {
    this.#phone.send({ edit: count });
    const [state] = (await once(this.#phone, 'message')) as [PhoneState];
    this.state = state;
    return state;
  }

  async backup({ trace = false } = {}): Promise<RunOfPhone> {
    const [cost, log] = [join(this.folder, 'cost'), join(this.folder, 'strace')];
    const calls = 'trace=write,pwrite64,writev,pwritev,pwritev2,copy_file_range,sendfile';
    const traced = trace
      ? ['strace', '-f', '--seccomp-bpf', '-qq', '-y', '-s', '0', '-e', calls, '-e', 'signal=none', '-o', log]
      : [];
    const timed = ['/usr/bin/time', '-q', '-f', '%e %M', '-o', cost, ...traced];
    const out = await this.#run([...timed, ...this.#program, 'backup', '--json']);
    return { ...this.#counts(out), ...this.#costs(cost), written: trace ? this.#written(log) : undefined };
  }

  #counts(out: string): Pick<RunOfPhone, 'filesNew' | 'filesChanged' | 'dataAdded'> {
    const summary = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '{}') as Record<string, number>;
    return {
      filesNew: summary['files_new'] ?? -1,
      filesChanged: summary['files_changed'] ?? -1,
      dataAdded: summary['data_added'] ?? -1,
    };
  }

  #costs(file: string): Pick<RunOfPhone, 'seconds' | 'peakMiB'> {
    const [seconds = 0, kib = 0] = (existsSync(file) ? readFileSync(file, 'utf8') : '').trim().split(' ').map(Number);
    return { seconds, peakMiB: Math.round(kib / 1024) };
  }

  #written(log: string): NonNullable<RunOfPhone['written']> {
    const written = { destinations: 0, manifests: 0, elsewhere: 0 };
    // A call during which another thread has its turn stands in two lines.
    const begun = new Map<string, string>();
    for (const line of readFileSync(log, 'latin1').split('\n')) {
      const [, thread = '', path] = /^(\d+) +\w+\(\d+<(\/[^>]*)>/.exec(line) ?? [];
      if (path !== undefined && line.endsWith('<unfinished ...>')) begun.set(thread, path);
      const [, resumed] = /^(\d+) +<\.\.\. \w+ resumed>/.exec(line) ?? [];
      const place = path ?? (resumed === undefined ? undefined : begun.get(resumed));
      if (resumed !== undefined) begun.delete(resumed);
      const [, bytes] = / = (\d+)$/.exec(line) ?? [];
      if (place !== undefined && bytes !== undefined && !place.startsWith('/dev/'))
        written[this.#kindOf(place)] += Number(bytes);
    }
    return written;
  }

  #kindOf(path: string): 'destinations' | 'manifests' | 'elsewhere' {
    if (Object.keys(this.#destinations).some((name) => path.startsWith(join(this.folder, name, '/'))))
      return 'destinations';
    const isManifest = path.startsWith(join(this.folder, 'cache', '/')) && /(Manifest|Status)\.(db|plist)/.test(path);
    return isManifest ? 'manifests' : 'elsewhere';
  }

  #triplicate(...args: readonly string[]): Promise<string> {
    return this.#run([...this.#program, ...args]);
  }

  async #run([command = '', ...args]: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(command, args, {
      cwd: this.folder,
      maxBuffer: 1e9,
      env: {
        ...process.env,
        HOME: join(this.folder, 'home'),
        TRIPLICATE_CACHE_DIR: join(this.folder, 'cache'),
        TRIPLICATE_STATE_DIR: join(this.folder, 'state'),
        USBMUXD_SOCKET_ADDRESS: `UNIX:${join(this.folder, 'mux')}`,
        UV_USE_IO_URING: '0',
      },
    });
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#phone.disconnect();
    await once(this.#phone, 'exit');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

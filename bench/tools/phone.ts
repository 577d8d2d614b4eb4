import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import type { DeviceOptions } from '@triplicate/device-simulator';
import type { PhoneHostJob } from '../../test/kit/phone-host.ts';
import type { Command } from './measure.ts';

const host = resolve(import.meta.dirname, '../../test/kit/phone-host.ts');

/** Whether libimobiledevice's program is here to be compared with. */
export const hasIdevicebackup2 = (): boolean => spawnSync('idevicebackup2', ['--version']).error === undefined;

/** A simulated phone in a process of its own; with TLS, as a real one. */
export class BenchPhone implements AsyncDisposable {
  static readonly udid = '00008110-00000000BE7C4000';
  readonly #child: ChildProcess;
  readonly #socket: string;

  private constructor(child: ChildProcess, socket: string) {
    this.#child = child;
    this.#socket = socket;
  }

  static async open(folder: string, options: Omit<DeviceOptions, 'udid'>): Promise<BenchPhone> {
    const socket = join(folder, 'mux');
    const job: PhoneHostJob = { options: { ...options, udid: BenchPhone.udid }, socket };
    const child = fork(host, [JSON.stringify(job)], { execArgv: ['--conditions=@triplicate/source'] });
    await once(child, 'message');
    return new BenchPhone(child, socket);
  }

  get env(): Readonly<Record<string, string>> {
    return { USBMUXD_SOCKET_ADDRESS: `UNIX:${this.#socket}` };
  }

  /** Changes so many files. */
  async edit(count: number): Promise<void> {
    this.#child.send({ edit: count });
    await once(this.#child, 'message');
  }

  /** What libimobiledevice needs for the same. */
  idevicebackup2(folder: string): Command {
    return { program: 'idevicebackup2', args: ['-u', BenchPhone.udid, 'backup', folder], env: this.env };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}

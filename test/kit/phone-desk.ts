/** Simulated phones behind a device daemon, and pipelines that back them up. */
import { join } from 'node:path';
import { type Pipeline, type PipelineSource, type PluginContext, systemClock } from '@triplicate/core';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { type DeviceOptions, MuxServer, SimDevice } from '@triplicate/device-simulator';
import devicePlugin, { deviceOptions, findDevice, openLockdown, openMux, pair } from '@triplicate/source-device';
import mobileSyncPlugin, { mobileSyncOptions } from '@triplicate/source-mobilesync';
import { localPipeline, type LocalPipelineOptions } from './local-pipeline.ts';

const quiet = (): void => undefined;

export class PhoneDesk implements AsyncDisposable {
  readonly server: MuxServer;
  readonly folder: string;
  /** What went wrong in the phones themselves. */
  readonly problems: unknown[] = [];
  readonly #temporary: TemporaryFolder;

  private constructor(temporary: TemporaryFolder) {
    this.#temporary = temporary;
    this.folder = temporary.path;
    this.server = new MuxServer((error) => this.problems.push(error));
  }

  static async open(): Promise<PhoneDesk> {
    const desk = new PhoneDesk(await temporaryFolder());
    await desk.server.listen({ path: join(desk.folder, 'mux') });
    return desk;
  }

  get address(): string {
    return `UNIX:${join(this.folder, 'mux')}`;
  }

  /** A phone that is plugged in and knows this computer. */
  async add(options: DeviceOptions): Promise<SimDevice> {
    const phone = new SimDevice(options);
    this.server.attach(phone);
    const { signal } = new AbortController();
    const mux = openMux({ address: this.address, platform: 'linux' });
    const device = await findDevice(mux, { udid: phone.udid, wifi: true }, signal);
    const common = { mux, device, clock: systemClock, signal };
    await using lockdown = await openLockdown(common);
    await pair(lockdown, { ...common, label: phone.name, waiting: quiet });
    return phone;
  }

  source(name: string, { udid }: SimDevice, options: object = {}): PipelineSource {
    const parsed = deviceOptions.parse({ udid, ...options });
    return { name, open: (signal) => devicePlugin.open(parsed, this.context(name, signal)) };
  }

  /** The source over a folder in which another program keeps a backup. */
  folderSource(name: string, folder: string): PipelineSource {
    const parsed = mobileSyncOptions.parse({ folder, patience: 0 });
    return { name, open: (signal) => mobileSyncPlugin.open(parsed, this.context(name, signal)) };
  }

  pipeline(
    sources: readonly PipelineSource[],
    { home = this.folder, destinations = ['a', 'b'], ...options }: Partial<LocalPipelineOptions> = {},
  ): Pipeline {
    return localPipeline({ home, destinations, ...options, over: { sources, ...options.over } });
  }

  context(name: string, signal = new AbortController().signal, secret = 'secret'): PluginContext {
    return {
      name,
      signal,
      log: { debug: quiet, info: quiet, warn: quiet },
      clock: systemClock,
      secret: () => Promise.resolve(secret),
      configDirectory: this.folder,
      cacheDirectory: join(this.folder, 'cache', name),
      stateDirectory: join(this.folder, 'state', name),
      deviceDaemon: this.address,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.#temporary[Symbol.asyncDispose]();
  }
}

import type { CaptureOptions, CaptureResult, Clock, SeenCopy, SnapshotBuilder, Source } from '@triplicate/core';
import { captureBackup } from './backup/capture-backup.ts';
import { iCloudBackup } from './backup/encryption.ts';
import { treeRoot } from './backup/device-path.ts';
import type { AttachedDevice } from './mux/attached.ts';
import type { MuxClient } from './mux/mux-client.ts';
import type { DeviceSourceOptions } from './options.ts';
import type { Transcript } from './record/transcript.ts';
import { Phone } from './phone.ts';
import { capturePhotos, photosRoot } from './photos/capture-photos.ts';

export interface DeviceSourceParts {
  readonly mux: MuxClient;
  readonly device: AttachedDevice;
  readonly clock: Clock;
  /** What its owner calls it. */
  readonly name: string;
  readonly password: (() => Promise<string>) | undefined;
  /** Notes what is said, where the options want it. */
  readonly transcript?: Transcript | undefined;
  /** For what can be made again. */
  readonly cacheDirectory: string;
}

/** The phone itself, and what it tells of its backup in iCloud. What it does not tell any more fails no backup. */
const copiesTold = async (phone: Phone, clock: Clock): Promise<readonly SeenCopy[]> => {
  const itself: SeenCopy = { kind: 'phone', at: clock.now() };
  const cloud = await iCloudBackup(phone).catch(() => undefined);
  return cloud?.last === undefined ? [itself] : [itself, { kind: 'icloud', at: cloud.last }];
};

/** A phone: its own backup over the last snapshot, or its photos. It is connected to anew for each capture. */
export class DeviceSource implements Source {
  readonly label: string;
  readonly identity: Source['identity'];
  readonly base: 'empty' | 'previous';
  readonly #options: DeviceSourceOptions;
  readonly #parts: DeviceSourceParts;

  constructor(options: DeviceSourceOptions, parts: DeviceSourceParts) {
    const { udid } = parts.device;
    const isBackup = options.mode === 'backup';
    this.#options = options;
    this.#parts = parts;
    this.label = parts.name;
    const { leaveOut = [] } = options;
    this.identity = {
      host: udid,
      paths: [`/${isBackup ? treeRoot(udid) : photosRoot(udid)}`],
      ...(leaveOut.length > 0 ? { excludes: leaveOut } : {}),
    };
    this.base = isBackup ? 'previous' : 'empty';
  }

  async capture(builder: SnapshotBuilder, options: CaptureOptions): Promise<CaptureResult> {
    const { mux, device, clock, password, cacheDirectory, transcript } = this.#parts;
    await using phone = await Phone.open({ mux, device, clock, transcript, signal: options.signal });
    if (this.#options.mode === 'photos')
      return await capturePhotos(phone, builder, { mux, clock, apps: this.#options.apps, ...options });
    const result = await captureBackup(
      phone,
      builder,
      {
        mux,
        clock,
        password,
        cacheDirectory,
        encryption: this.#options.encryption,
        leaveOut: this.#options.leaveOut ?? [],
      },
      options,
    );
    return { ...result, seen: await copiesTold(phone, clock) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.transcript?.flush() ?? Promise.resolve();
  }
}

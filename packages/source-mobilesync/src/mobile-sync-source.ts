import {
  bytesFromText,
  type CaptureOptions,
  type CaptureResult,
  type Clock,
  type SnapshotBuilder,
  type Source,
} from '@triplicate/core';
import { join } from 'node:path';
import type { BackupFolder } from './backup-folder.ts';
import { FolderCapture } from './capture-folder.ts';
import { KnownFiles } from './known-files.ts';
import { waitUntilReady, whileUnchanged } from './wait-until-ready.ts';
import { whyRenewed } from './why-renewed.ts';

export interface MobileSyncParts {
  readonly backup: BackupFolder;
  readonly clock: Clock;
  readonly patienceMs: number;
  /** For what can be made again. */
  readonly cacheDirectory: string;
  /** Why it cannot be taken yet; `undefined` when it can. */
  readonly whyNotReady: (backup: BackupFolder) => Promise<string | undefined>;
}

/** The tree is that of the device source: what a folder and a cable give of one phone is stored once. */
export class MobileSyncSource implements Source {
  readonly label: string;
  readonly identity: Source['identity'];
  readonly base = 'empty';
  readonly #parts: MobileSyncParts;

  constructor(parts: MobileSyncParts) {
    const { name, udid } = parts.backup;
    this.#parts = parts;
    this.label = name;
    this.identity = { host: udid, paths: [`/MobileSync/${udid}`] };
  }

  async capture(builder: SnapshotBuilder, options: CaptureOptions): Promise<CaptureResult> {
    const { backup, clock, patienceMs, cacheDirectory } = this.#parts;
    const whyNot = (): Promise<string | undefined> => this.#parts.whyNotReady(backup);
    const { signal, waiting } = options;
    await waitUntilReady(backup, { whyNot, clock, signal, patienceMs, waiting });
    const known = await KnownFiles.open(join(cacheDirectory, `${backup.udid}.json`));
    const from = bytesFromText(backup.path.replaceAll('\\', process.platform === 'win32' ? '/' : '\\'));
    await whileUnchanged(backup, whyNot, () =>
      new FolderCapture({ builder, options, known }).run(from, bytesFromText(`MobileSync/${backup.udid}`)),
    );
    await known.save();
    const renewed = await whyRenewed(backup, builder.previous, { signal });
    return renewed === undefined ? {} : { renewed };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

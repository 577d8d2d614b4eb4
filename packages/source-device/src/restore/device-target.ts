import {
  BackupError,
  type Clock,
  isBackupError,
  type RestoreTarget,
  type SnapshotReader,
  type TargetOptions,
} from '@triplicate/core';
import type { PlistValue } from '@triplicate/plist';
import { backupService, DeviceLink } from '../backup/device-link.ts';
import { FileVerbs } from '../backup/file-verbs.ts';
import { perform } from '../backup/perform.ts';
import { countUnread } from '../backup/unread-files.ts';
import { SyncLock } from '../backup/sync-lock.ts';
import { watchPhone } from '../backup/watch-phone.ts';
import type { DeviceSourceParts } from '../device-source.ts';
import type { RestoreSettings } from '../options.ts';
import { Phone } from '../phone.ts';
import { checkApps, settingsForPart } from './check-part.ts';
import { OverlayTree } from './overlay-tree.ts';
import { type PreparedRestore, prepareRestore } from './prepare.ts';
import { removeAppList, writeAppList } from './restore-apps.ts';

/** A phone as the place to restore to. The snapshot itself is only read: what the phone changes stands on a throw-away overlay. */
export class DeviceTarget implements RestoreTarget {
  readonly label: string;
  readonly #parts: DeviceSourceParts;
  readonly #settings: RestoreSettings;

  constructor(settings: RestoreSettings, parts: DeviceSourceParts) {
    this.label = parts.name;
    this.#parts = parts;
    this.#settings = settings;
  }

  async restore(snapshot: SnapshotReader, options: TargetOptions): Promise<void> {
    const { part } = options;
    const settings = part === undefined ? this.#settings : settingsForPart(this.#settings);
    const { mux, device, clock, password, transcript } = this.#parts;
    const stopping = new AbortController();
    const signal = AbortSignal.any([options.signal, stopping.signal]);
    await using phone = await Phone.open({ mux, device, clock, signal, transcript });
    const prepared = await prepareRestore(phone, snapshot, { password, signal });
    if (part !== undefined) await checkApps(phone, part, signal);
    await options.agree?.();
    options.expect({ files: prepared.files, bytes: prepared.bytes });
    const watch = await watchPhone({
      what: 'restore',
      phone,
      mux,
      clock,
      signal,
      waiting: options.waiting,
      stop: (reason) => stopping.abort(reason),
    });
    try {
      await using lock = await SyncLock.take(phone, watch.notifications, { clock, signal });
      void lock;
      await this.#run(phone, { snapshot, prepared, settings, clock, signal, waiting: options.waiting });
    } catch (error) {
      if (stopping.signal.aborted) throw stopping.signal.reason;
      throw isBackupError(error) && error.context['errorCode'] === digestMismatch
        ? await refusedFile(error, { snapshot, prepared, name: phone.name, signal })
        : error;
    } finally {
      options.waiting(undefined);
      await watch.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.transcript?.flush() ?? Promise.resolve();
  }

  async #run(phone: Phone, run: Run): Promise<void> {
    if (!run.settings.apps) return this.#serve(phone, run);
    await writeAppList(phone, run.prepared.info, run.signal);
    try {
      await this.#serve(phone, run);
    } catch (error) {
      // Also after Ctrl-C, which has ended all that was open.
      await removeAppList({ ...this.#parts, signal: AbortSignal.timeout(appListMs) });
      throw error;
    }
  }

  async #serve(phone: Phone, { snapshot, prepared, settings, clock, signal, waiting }: Run): Promise<void> {
    const link = await DeviceLink.open(await phone.startService(backupService, { escrow: true, signal }), clock);
    const tree = new OverlayTree(snapshot, clock);
    const nothing = (): void => {};
    const freeBytes = (): Promise<undefined> => Promise.resolve(undefined);
    const verbs = new FileVerbs({ link, tree, udid: prepared.source, signal, freeBytes, received: nothing });
    try {
      await link.request('Restore', phone.device.udid, {
        SourceIdentifier: prepared.source,
        ...requestOf(prepared, settings),
      });
      await perform(verbs, { request: 'Restore', name: phone.name, clock, waiting });
    } finally {
      await link.end();
    }
  }
}

/** How long the phone may take to take its list of apps back, when a restore failed. */
const appListMs = 5000;

/** The ErrorCode for a file that is not what the manifest says. */
const digestMismatch = 205;

/** The same, unless the phone that was backed up is known to be the reason. */
const refusedFile = async (
  cause: BackupError,
  { snapshot, prepared, name, signal }: Pick<Run, 'snapshot' | 'prepared' | 'signal'> & { readonly name: string },
): Promise<BackupError> => {
  const unread = await countUnread(snapshot, prepared.source, { signal });
  if (unread === 0) return cause;
  return new BackupError(
    'CORRUPT',
    `${name} refused the backup: the phone that it is of could not read ${unread} of its own files then`,
    { hint: 'restore another snapshot; the next backup asks that phone for everything once more', cause },
  );
};

const requestOf = (
  { password }: PreparedRestore,
  { systemFiles, keepSettings, removeOthers, reboot }: RestoreSettings,
): Record<string, PlistValue> => ({
  Options: {
    RestoreSystemFiles: systemFiles,
    RestoreShouldReboot: reboot,
    RestoreDontCopyBackup: true,
    RestorePreserveSettings: keepSettings,
    RemoveItemsNotRestored: removeOthers,
    ...(password === undefined ? {} : { Password: password }),
  },
  ...(password === undefined ? {} : { Password: password }),
});

interface Run {
  readonly snapshot: SnapshotReader;
  readonly prepared: PreparedRestore;
  readonly settings: RestoreSettings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly waiting: (what: string | undefined) => void;
}

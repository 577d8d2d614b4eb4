import {
  BackupError,
  bodyOf,
  type CaptureOptions,
  type CaptureResult,
  collect,
  type Clock,
  type ExpectedTotal,
  type SnapshotBuilder,
} from '@triplicate/core';
import { asDictionary, asString, parsePlist, PlistError } from '@triplicate/plist';
import type { MuxClient } from '../mux/mux-client.ts';
import type { Phone } from '../phone.ts';
import { BuilderTree, childPath } from './builder-tree.ts';
import type { BackupTree } from './backup-tree.ts';
import { CachedTree } from './cached-tree.ts';
import { backupService, DeviceLink } from './device-link.ts';
import { treeRoot } from './device-path.ts';
import { ensureEncryption } from './encryption.ts';
import { FileVerbs } from './file-verbs.ts';
import { buildInfoPlist } from './info-plist.ts';
import { isLeftOutBy, notRestorable, prepareLeavingOut } from './left-out.ts';
import { ManifestCache } from './manifest-cache.ts';
import { perform } from './perform.ts';
import { sealingOf, whyRenewed } from './switched.ts';
import { SyncLock } from './sync-lock.ts';
import { UnreadFiles } from './unread-files.ts';
import { watchPhone } from './watch-phone.ts';

export interface BackupSettings {
  readonly mux: MuxClient;
  readonly clock: Clock;
  readonly encryption: 'required' | 'off' | 'as-is';
  readonly password: (() => Promise<string>) | undefined;
  /** Patterns of what the phone sends and nobody keeps. */
  readonly leaveOut: readonly string[];
  /** For the cache of the manifest files. */
  readonly cacheDirectory: string;
}

/**
 * One backup of the phone into the builder. Resolves only when the phone said that all went well **and** the Status.plist that it left
 * says `finished`; the caller then commits. `waiting` tells what a person has to do.
 */
export const captureBackup = async (
  phone: Phone,
  builder: SnapshotBuilder,
  settings: BackupSettings,
  options: CaptureOptions,
): Promise<CaptureResult> => {
  const { clock } = settings;
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const { waiting } = options;
  await ensureEncryption(phone, settings.encryption, settings.password, { clock, signal, waiting });
  const watch = await watchPhone({
    what: 'backup',
    phone,
    mux: settings.mux,
    clock,
    signal,
    waiting,
    stop: (reason) => stopping.abort(reason),
  });
  const cache = new ManifestCache(settings.cacheDirectory, phone.device.udid);
  try {
    await using lock = await SyncLock.take(phone, watch.notifications, { clock, signal });
    void lock;
    const tree = new CachedTree(new BuilderTree(builder, clock), cache, phone.device.udid);
    const { leaveOut } = settings;
    const root = treeRoot(phone.device.udid);
    const before = await sealingOf(tree, root, { signal });
    const unread = await UnreadFiles.open(tree, phone.device.udid, { signal });
    tellMissing(phone, unread, waiting);
    await unread.prepare();
    const isOther = await prepareLeavingOut(tree, { udid: phone.device.udid, patterns: leaveOut }, { signal });
    await putInfoPlist(phone, tree, { clock, signal });
    await runRequest(phone, { tree, clock, signal, options, unread, leavesOut: isLeftOutBy(leaveOut) });
    await checkFinished(phone, tree, signal);
    await unread.settle({ signal });
    await tree.commit();
    const renewed =
      whyRenewed(phone.name, before, await sealingOf(tree, root, { signal })) ??
      (isOther ? `what is left out of the backup of ${phone.name} is not what it was` : undefined);
    return {
      ...(leaveOut.length > 0 ? { incomplete: notRestorable } : {}),
      ...(renewed === undefined ? {} : { renewed }),
    };
  } catch (error) {
    throw stopping.signal.aborted ? stopping.signal.reason : error;
  } finally {
    waiting(undefined);
    await cache.discard();
    await watch.close();
  }
};

interface Run {
  readonly tree: BackupTree;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const putInfoPlist = async (phone: Phone, tree: BackupTree, { clock, signal }: Omit<Run, 'tree'>): Promise<void> => {
  const info = await buildInfoPlist(phone, { clock, signal });
  await tree.put(childPath(treeRoot(phone.device.udid), 'Info.plist'), bodyOf(info).open(), { signal });
};

const tellMissing = (phone: Phone, { missing }: UnreadFiles, waiting: CaptureOptions['waiting']): void => {
  if (missing === 0) return;
  waiting(`${phone.name} could not read ${missing} of its files last time, and is asked for everything once more`);
  waiting(undefined);
};

interface RunOptions {
  readonly options: CaptureOptions;
  readonly unread: UnreadFiles;
  readonly leavesOut: (devicePath: string) => boolean;
}

const runRequest = async (
  phone: Phone,
  { tree, clock, signal, options, unread, leavesOut }: Run & RunOptions,
): Promise<void> => {
  const { udid } = phone.device;
  const link = await DeviceLink.open(await phone.startService(backupService, { escrow: true, signal }), clock);
  let received = 0;
  let files = 0;
  let current: string | undefined;
  const verbs = new FileVerbs({
    link,
    tree,
    udid,
    signal,
    leavesOut,
    uploaded: (path, whole) => unread.note(path, whole),
    freeBytes: () => options.freeBytes?.() ?? Promise.resolve(undefined),
    received: (bytes, file) => {
      received += bytes;
      if (file !== current) files += 1;
      current = file;
    },
    announced: (percent, bytes) => options.expect({ files, ...estimate(received, bytes, percent) }),
  });
  try {
    // The phone decides by itself what changed; without a previous snapshot it finds none and sends everything.
    await link.request('Backup', udid, {});
    await perform(verbs, { request: 'Backup', name: phone.name, clock, waiting: options.waiting });
  } finally {
    await link.end();
  }
};

/** What is to come, from the percentage that the phone tells; never less than the batch that begins, which is all that is known at first. */
const estimate = (
  received: number,
  batch: number,
  percent: number | undefined,
): Pick<ExpectedTotal, 'bytes' | 'counting'> => {
  const known = received + batch;
  return percent !== undefined && percent > 1 && percent <= 100
    ? { bytes: Math.max(known, Math.round((received * 100) / percent)) }
    : { bytes: known, counting: true };
};

const checkFinished = async (phone: Phone, tree: BackupTree, signal: AbortSignal): Promise<void> => {
  const path = childPath(treeRoot(phone.device.udid), 'Status.plist');
  const node = await tree.node(path);
  const state = node?.type === 'file' ? readState(await collect(tree.read(path, { signal }))) : undefined;
  if (state === 'finished') return;
  throw new BackupError('UNAVAILABLE', `${phone.name} left its backup in the state "${state ?? 'unknown'}"`, {
    hint: 'start the backup again; the last snapshot is untouched',
  });
};

const readState = (bytes: Buffer): string | undefined => {
  try {
    return asString(asDictionary(parsePlist(bytes))?.['SnapshotState']);
  } catch (error) {
    if (error instanceof PlistError) return undefined;
    throw error;
  }
};

import {
  BackupError,
  nsFromTimestamp,
  textFromBytes,
  toBackupError,
  type BytePath,
  type ErrorCode,
} from '@triplicate/core';
import { asArray, asDictionary, asNumber, asString, type PlistValue } from '@triplicate/plist';
import type { BackupTree } from './backup-tree.ts';
import { emptyText, type DeviceLink, type DeviceMessage } from './device-link.ts';
import { resolveDevicePath, resolvePlace } from './device-path.ts';
import { linkStatus, sendDownloads } from './download.ts';
import { receiveUploads } from './upload.ts';

/** Told where nobody knows: the phone then goes on until a destination is full. */
const boundless = 2 ** 50;

export interface VerbOptions {
  readonly link: DeviceLink;
  readonly tree: BackupTree;
  /** The folder that the phone may work in. */
  readonly udid: string;
  readonly signal: AbortSignal;
  readonly freeBytes: () => Promise<number | undefined>;
  readonly received: (bytes: number, file: string | undefined) => void;
  readonly sent?: (bytes: number, file: string) => void;
  /** Whether a file of the phone is read and dropped, by its path there; the lists of the backup itself never are. */
  readonly leavesOut?: (devicePath: string) => boolean;
  readonly uploaded?: (path: BytePath, whole: boolean) => void;
  /** Overall progress in percent and the size of the batch that begins. */
  readonly announced?: (percent: number | undefined, bytes: number) => void;
}

type Verb = (verbs: FileVerbs, message: DeviceMessage) => Promise<void>;

/** The computer's side of the verbs on files that a phone drives. What cannot be done is answered; what is hostile is thrown. */
export class FileVerbs {
  readonly options: VerbOptions;
  /** The first failure of ours: told to the phone at once, and thrown by whoever made the request at its end. */
  failure: BackupError | undefined;
  /** The first file that the phone asked for and that could not be read here. The phone decides whether it does without. */
  unserved: BackupError | undefined;

  constructor(options: VerbOptions) {
    this.options = options;
  }

  /** `false` when this is no verb on files. */
  async handle(message: DeviceMessage): Promise<boolean> {
    const name = asString(message[0]) ?? '';
    const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
    if (verb) await verb(this, message);
    else if (name === 'DLMessageProcessMessage') return false;
    else await this.options.link.status(linkStatus.other, 'Operation not supported', {});
    return true;
  }

  async freeSpace(): Promise<void> {
    const free = await this.options.freeBytes();
    await this.options.link.status(0, emptyText, Math.max(0, Math.floor(free ?? boundless)));
  }

  async list(path: BytePath): Promise<void> {
    const { tree, link } = this.options;
    const entries: Record<string, PlistValue> = {};
    if ((await tree.node(path))?.type === 'dir')
      for await (const node of tree.list(path))
        entries[textFromBytes(node.name)] = {
          DLFileType:
            node.type === 'dir'
              ? 'DLFileTypeDirectory'
              : node.type === 'file'
                ? 'DLFileTypeRegular'
                : 'DLFileTypeUnknown',
          DLFileSize: node.size ?? 0,
          DLFileModificationDate: new Date(Number(nsFromTimestamp(node.mtime) / 1_000_000n)),
        };
    await link.status(0, emptyText, entries);
  }

  async upload(message: DeviceMessage): Promise<void> {
    const { link, tree, udid, signal, received, leavesOut, uploaded } = this.options;
    this.options.announced?.(asNumber(message[2]), asNumber(message[3]) ?? 0);
    const options = { channel: link.channel, tree, udid, signal, leavesOut, uploaded, progress: received };
    const { failure } = await receiveUploads(options, this.failure);
    this.failure = failure;
    await (failure ? link.status(statusOf(failure), failure.message, {}) : link.status(0));
  }

  async download(message: DeviceMessage): Promise<void> {
    const { link, tree, udid, signal, sent } = this.options;
    this.options.announced?.(asNumber(message[3]), 0);
    const paths = (asArray(message[1]) ?? []).map((path) => asString(path) ?? '');
    const failures = await sendDownloads(paths, {
      channel: link.channel,
      tree,
      udid,
      signal,
      unserved: (error) => {
        this.unserved ??= error;
      },
      ...(sent ? { progress: sent } : {}),
    });
    const whole = Object.keys(failures).length === 0;
    await (whole ? link.status(0) : link.status(linkStatus.several, 'Multi status', failures));
  }

  async move(message: DeviceMessage): Promise<void> {
    const pairs = Object.entries(asDictionary(message[1]) ?? {}).map(
      ([from, to]) => [this.path(from), this.place(to)] as const,
    );
    await this.change(async () => {
      for (const [from, to] of pairs) if (leadsElsewhere(from, to)) await this.options.tree.move(from, to);
    });
  }

  async remove(message: DeviceMessage): Promise<void> {
    const paths = (asArray(message[1]) ?? []).map((path) => this.path(path));
    await this.change(async () => {
      for (const path of paths) await this.options.tree.remove(path);
    });
  }

  /** Answers with the status of what `work` came to. */
  async change(work: () => Promise<void>): Promise<void> {
    const { link } = this.options;
    try {
      await work();
    } catch (error) {
      const failure = toBackupError(error);
      if (failure.code === 'ABORTED') throw failure;
      if (failure.code !== 'NOT_FOUND') this.failure ??= failure;
      return link.status(statusOf(failure), failure.message, {});
    }
    await link.status(0);
  }

  path(value: PlistValue | undefined): BytePath {
    return resolveDevicePath(asString(value) ?? '', this.options.udid);
  }

  /** Where something is put. */
  place(value: PlistValue | undefined): BytePath {
    return resolvePlace(asString(value) ?? '', this.options.udid);
  }
}

const verbs: Readonly<Record<string, Verb>> = {
  DLMessageGetFreeDiskSpace: (self) => self.freeSpace(),
  // Asked for when there is too little room. We have no purgeable space; the phone then ends with error 105.
  DLMessagePurgeDiskSpace: (self) => self.options.link.status(linkStatus.other, 'Operation not supported', {}),
  DLContentsOfDirectory: (self, message) => self.list(self.path(message[1])),
  DLMessageCreateDirectory: (self, message) => {
    const path = self.path(message[1]);
    return self.change(() => self.options.tree.makeDirectory(path));
  },
  DLMessageUploadFiles: (self, message) => self.upload(message),
  DLMessageDownloadFiles: (self, message) => self.download(message),
  DLMessageMoveItems: (self, message) => self.move(message),
  DLMessageMoveFiles: (self, message) => self.move(message),
  DLMessageRemoveItems: (self, message) => self.remove(message),
  DLMessageRemoveFiles: (self, message) => self.remove(message),
  DLMessageCopyItem: (self, message) => {
    const [from, to] = [self.path(message[1]), self.place(message[2])];
    return self.change(async () => {
      if (leadsElsewhere(from, to)) await self.options.tree.copy(from, to, { signal: self.options.signal });
    });
  },
  DLMessagePing: () => Promise.resolve(),
};

/** Whether there is something to do. UNSUPPORTED for a folder that is to go into itself: there is no end to such a copy. */
const leadsElsewhere = (from: BytePath, to: BytePath): boolean => {
  if (to.startsWith(`${from}/`))
    throw new BackupError('UNSUPPORTED', 'the phone wanted to put a folder into itself', {
      hint: 'restart the phone and try again; if it stays, record a transcript as docs/sources/device.md says',
    });
  return from !== to;
};

const statuses: Partial<Record<ErrorCode, number>> = {
  NOT_FOUND: linkStatus.notFound,
  ALREADY_EXISTS: linkStatus.exists,
  QUOTA_EXCEEDED: linkStatus.noSpace,
};

const statusOf = ({ code }: BackupError): number => statuses[code] ?? linkStatus.io;

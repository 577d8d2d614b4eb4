import { asArray, asDictionary, asNumber, asString, type PlistDictionary, type PlistValue } from '@triplicate/plist';
import { be32, type SimStream, StreamEnded } from '../wire/sim-stream.ts';

/** The computer refused or failed; the request ends with this. */
export class HostFailure extends Error {
  readonly status: number;

  constructor(status: number, verb: string) {
    super(`the computer answered ${verb} with ${status}`);
    this.status = status;
  }
}

const blockData = 0x0c;
const blockEnd = 0x00;
const blockRemoteError = 0x0b;
const defaultFrame = 256 * 1024;
const callbacks = { DLDeviceIOCallbacks: 4_305_387_568 };

export interface Upload {
  /** Where it stands in the phone; only told. */
  readonly devicePath: string;
  readonly path: string;
  readonly parts: Iterable<Buffer>;
  /** Fails after half of its first block. */
  readonly fails?: boolean;
}

export interface DownloadSink {
  write(path: string, bytes: Buffer): void | Promise<void>;
  /** `error` when the computer could not give the file. */
  end(path: string, error: string | undefined): void | Promise<void>;
}

/** The verbs with which a phone works on the files of the computer (mobilebackup2 over DeviceLink). */
export class HostFiles {
  readonly stream: SimStream;
  /** The largest block of content that the computer sent; a real phone ends its agent over large ones. */
  largestBlock = 0;
  /** Between two pieces of a file; a real phone does not wait for ever. */
  longestPauseMs = 0;
  readonly #frameBytes: number;
  readonly #onUploaded: () => Promise<void>;

  constructor(
    stream: SimStream,
    options: { readonly frameBytes?: number | undefined; readonly onUploaded: () => Promise<void> },
  ) {
    this.stream = stream;
    this.#frameBytes = options.frameBytes ?? defaultFrame;
    this.#onUploaded = options.onUploaded;
  }

  send(...message: readonly PlistValue[]): Promise<void> {
    return this.stream.send(message, 'binary');
  }

  async receive(): Promise<readonly PlistValue[]> {
    const message = asArray(await this.stream.receive()) ?? [];
    if (message[0] === 'DLMessageDisconnect') throw new StreamEnded('the computer said goodbye');
    return message;
  }

  async freeSpace(): Promise<number> {
    return asNumber(await this.#ask('DLMessageGetFreeDiskSpace')) ?? 0;
  }

  async purge(bytes: number): Promise<void> {
    await this.send('DLMessagePurgeDiskSpace', bytes, 4);
    await this.receive();
  }

  async list(path: string): Promise<PlistDictionary> {
    return asDictionary(await this.#ask('DLContentsOfDirectory', path)) ?? {};
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#ask('DLMessageCreateDirectory', path, callbacks);
  }

  async move(pairs: Readonly<Record<string, string>>, progress: number): Promise<void> {
    await this.#ask('DLMessageMoveItems', pairs, callbacks, progress);
  }

  async remove(paths: readonly string[], progress: number): Promise<void> {
    await this.#ask('DLMessageRemoveItems', [...paths], callbacks, progress);
  }

  async copy(from: string, to: string): Promise<void> {
    await this.#ask('DLMessageCopyItem', from, to, callbacks);
  }

  async upload(files: readonly Upload[], progress: number, total: number): Promise<void> {
    await this.send('DLMessageUploadFiles', callbacks, progress, total);
    for (const file of files) {
      await this.#uploadOne(file);
      await this.#onUploaded();
    }
    await this.stream.write(be32(0));
    this.#check(await this.receive(), 'DLMessageUploadFiles');
  }

  /** Whole small files by path; those that the computer does not have are missing. */
  async fetch(paths: readonly string[]): Promise<Map<string, Buffer>> {
    const parts = new Map<string, Buffer[]>();
    const whole = new Map<string, Buffer>();
    await this.download(paths, {
      write: (path, bytes) => void parts.set(path, [...(parts.get(path) ?? []), bytes]),
      end: (path, error) => void (error === undefined && whole.set(path, Buffer.concat(parts.get(path) ?? []))),
    });
    return whole;
  }

  async download(paths: readonly string[], sink: DownloadSink): Promise<void> {
    await this.send('DLMessageDownloadFiles', [...paths], callbacks, 0);
    for (;;) {
      const length = (await this.stream.read(4)).readUInt32BE(0);
      if (length === 0) break;
      const path = (await this.stream.read(length)).toString('utf8');
      await this.#downloadOne(path, sink);
    }
    // Whole or in parts: what is missing was told for each file.
    await this.receive();
  }

  async #downloadOne(path: string, sink: DownloadSink): Promise<void> {
    for (;;) {
      const asked = performance.now();
      const head = await this.stream.read(5);
      this.longestPauseMs = Math.max(this.longestPauseMs, performance.now() - asked);
      let left = head.readUInt32BE(0) - 1;
      const code = head[4];
      if (code === blockData) this.largestBlock = Math.max(this.largestBlock, left);
      if (code === blockEnd) return sink.end(path, undefined);
      if (code !== blockData) return sink.end(path, (await this.stream.read(left)).toString('utf8'));
      while (left > 0) {
        const part = await this.stream.some(left);
        left -= part.length;
        await sink.write(path, part);
      }
    }
  }

  async #uploadOne({ devicePath, path, parts, fails }: Upload): Promise<void> {
    await this.stream.write(named(devicePath), named(path));
    for (const part of parts) {
      for (let at = 0; at < part.length; at += this.#frameBytes) {
        const block = part.subarray(at, at + this.#frameBytes);
        if (fails === true) {
          await this.stream.write(blockHead(block.length >> 1, blockData), block.subarray(0, block.length >> 1));
          const text = Buffer.from(`/var/mobile/${devicePath}: Input/output error (5)`, 'utf8');
          return this.stream.write(blockHead(text.length, blockRemoteError), text);
        }
        await this.stream.write(blockHead(block.length, blockData), block);
      }
    }
    await this.stream.write(blockHead(0, blockEnd));
  }

  async #ask(verb: string, ...rest: readonly PlistValue[]): Promise<PlistValue | undefined> {
    await this.send(verb, ...rest);
    return this.#check(await this.receive(), verb);
  }

  #check(message: readonly PlistValue[], verb: string): PlistValue | undefined {
    if (asString(message[0]) !== 'DLMessageStatusResponse') throw new HostFailure(-1, verb);
    const status = asNumber(message[1]) ?? -1;
    if (status !== 0) throw new HostFailure(status, verb);
    return message[3];
  }
}

const named = (path: string): Buffer => {
  const bytes = Buffer.from(path, 'utf8');
  return Buffer.concat([be32(bytes.length), bytes]);
};

const blockHead = (length: number, code: number): Buffer => Buffer.concat([be32(length + 1), Buffer.of(code)]);

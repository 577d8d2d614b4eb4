import type { SimDevice } from '../device.ts';
import type { SimStream } from '../wire/sim-stream.ts';
import { MediaTree, type MediaView } from './media-tree.ts';

const magic = Buffer.from('CFA6LPAA', 'latin1');
const ok = 0;
const codes = {
  unknown: 1,
  invalid: 7,
  notFound: 8,
  isFolder: 9,
  endOfData: 14,
  unsupported: 15,
  wouldBlock: 19,
  notEmpty: 33,
} as const;

interface OpenFile {
  readonly path: string;
  bytes: Buffer;
  position: number;
  readonly writable: boolean;
}

type Reply = { readonly operation: number; readonly header?: Buffer; readonly payload?: Buffer };
const status = (code: number): Reply => ({ operation: 1, header: u64(code) });
const data = (payload: Buffer): Reply => ({ operation: 2, payload });

/** AFC: the media folder by default, or the part of the content that `view` says. */
export const serveAfc = async (
  device: SimDevice,
  stream: SimStream,
  view: MediaView = { domains: ['CameraRollDomain', 'MediaDomain'], prefix: 'Media/' },
): Promise<void> => {
  const session = new AfcSession(device, new MediaTree(device, view));
  try {
    for (let answers = 0; ; answers++) {
      if (answers === device.faults.stallAfterAnswers) {
        device.notices.emit('stalled');
        await stream.read(Infinity);
      }
      const head = await stream.read(40);
      if (!head.subarray(0, 8).equals(magic)) return;
      const [whole, own] = [Number(head.readBigUInt64LE(8)), Number(head.readBigUInt64LE(16))];
      const header = await stream.read(own - 40);
      const payload = await stream.read(whole - own);
      const reply = session.answer(Number(head.readBigUInt64LE(32)), header, payload);
      await send(stream, head.readBigUInt64LE(24), reply);
    }
  } finally {
    session.end();
  }
};

const send = async (stream: SimStream, number: bigint, reply: Reply): Promise<void> => {
  const { operation, header = Buffer.alloc(0), payload = Buffer.alloc(0) } = reply;
  const head = Buffer.concat([
    magic,
    u64(40 + header.length + payload.length),
    u64(40 + header.length),
    u64(number),
    u64(operation),
  ]);
  await stream.write(head, header, payload);
};

class AfcSession {
  readonly #device: SimDevice;
  readonly #tree: MediaTree;
  readonly #open = new Map<bigint, OpenFile>();
  #nextHandle = 1n;

  constructor(device: SimDevice, tree: MediaTree) {
    this.#device = device;
    this.#tree = tree;
  }

  /** The connection is over, and its locks with it. */
  end(): void {
    for (const file of this.#open.values()) this.#unlock(file);
  }

  answer(operation: number, header: Buffer, payload: Buffer): Reply {
    switch (operation) {
      case 0x03:
        return this.#list(pathOf(header));
      case 0x08:
      case 0x22:
        return this.#remove(pathOf(header));
      case 0x09:
        this.#tree.write(pathOf(header), undefined);
        return status(ok);
      case 0x0a:
        return this.#info(pathOf(header));
      case 0x0b:
        return data(
          strings([
            'Model',
            'iPhone14,2',
            'FSTotalBytes',
            '128000000000',
            'FSFreeBytes',
            '64000000000',
            'FSBlockSize',
            '4096',
          ]),
        );
      case 0x0d:
        return this.#openFile(Number(header.readBigUInt64LE(0)), pathOf(header.subarray(8)));
      case 0x18:
        return this.#rename(header);
      case 0x1e:
        return status(ok);
      default:
        return this.#handle(operation, header, payload);
    }
  }

  #handle(operation: number, header: Buffer, payload: Buffer): Reply {
    const file = header.length >= 8 ? this.#open.get(header.readBigUInt64LE(0)) : undefined;
    if (!file)
      return status(header.length >= 8 && operation >= 0x0f && operation <= 0x1b ? codes.invalid : codes.unsupported);
    switch (operation) {
      case 0x0f:
        return this.#read(file, Number(header.readBigUInt64LE(8)));
      case 0x10:
        return this.#write(file, payload);
      case 0x11:
        file.position =
          Number(header.readBigInt64LE(16)) + [0, file.position, file.bytes.length][Number(header.readBigUInt64LE(8))]!;
        return status(ok);
      case 0x12:
        return { operation: 0x13, header: u64(file.position) };
      case 0x14:
        this.#open.delete(header.readBigUInt64LE(0));
        this.#unlock(file);
        return status(ok);
      case 0x15:
        file.bytes = Buffer.concat([file.bytes, Buffer.alloc(Number(header.readBigUInt64LE(8)))]).subarray(
          0,
          Number(header.readBigUInt64LE(8)),
        );
        this.#tree.write(file.path, file.bytes);
        return status(ok);
      case 0x1b:
        return this.#lock(file, Number(header.readBigUInt64LE(8)));
      default:
        return status(codes.unsupported);
    }
  }

  #list(path: string): Reply {
    const entry = this.#tree.entry(path);
    if (entry === undefined) return status(codes.notFound);
    return entry.kind === 'dir' ? data(strings(['.', '..', ...this.#tree.children(path)])) : status(codes.invalid);
  }

  #info(path: string): Reply {
    const entry = this.#tree.entry(path);
    if (entry === undefined) return status(codes.notFound);
    const size = entry.kind === 'file' ? entry.size : 64;
    const time = `${entry.modified}000000000`;
    const kind = entry.kind === 'file' ? 'S_IFREG' : 'S_IFDIR';
    return data(
      strings([
        'st_size',
        `${size}`,
        'st_blocks',
        `${Math.ceil(size / 512)}`,
        'st_nlink',
        '1',
        'st_ifmt',
        kind,
        'st_mtime',
        time,
        'st_birthtime',
        time,
      ]),
    );
  }

  #remove(path: string): Reply {
    if (this.#tree.entry(path) === undefined) return status(codes.notFound);
    if (this.#tree.children(path).length > 0) return status(codes.notEmpty);
    return status(this.#tree.remove(path) ? ok : codes.unknown);
  }

  #openFile(mode: number, path: string): Reply {
    const entry = this.#tree.entry(path);
    if (entry?.kind === 'dir') return status(codes.isFolder);
    const isLock = path === 'com.apple.itunes.lock_sync';
    if (entry === undefined && mode <= 2 && !isLock) return status(codes.notFound);
    const bytes = entry === undefined || mode === 3 || mode === 4 ? Buffer.alloc(0) : entry.read();
    const writable = mode >= 2;
    if (writable && (entry === undefined || mode >= 3)) this.#tree.write(path, bytes);
    const handle = this.#nextHandle++;
    this.#open.set(handle, { path, bytes, position: mode >= 5 ? bytes.length : 0, writable });
    return { operation: 0x0e, header: u64(handle) };
  }

  #read(file: OpenFile, length: number): Reply {
    const part = file.bytes.subarray(file.position, file.position + length);
    file.position += part.length;
    return data(part);
  }

  #write(file: OpenFile, payload: Buffer): Reply {
    if (!file.writable) return status(10);
    const after = file.bytes.subarray(file.position + payload.length);
    file.bytes = Buffer.concat([file.bytes.subarray(0, file.position), payload, after]);
    file.position += payload.length;
    this.#tree.write(file.path, file.bytes);
    return status(ok);
  }

  #rename(header: Buffer): Reply {
    const [from = '', to = ''] = header.toString('utf8').split('\0').map(clean);
    const entry = this.#tree.entry(from);
    if (entry === undefined) return status(codes.notFound);
    this.#tree.write(to, entry.kind === 'file' ? entry.read() : undefined);
    this.#tree.remove(from);
    return status(ok);
  }

  /** Takes a lock without waiting, or gives it back. */
  #lock(file: OpenFile, operation: number): Reply {
    const { locks, faults } = this.#device;
    if (operation !== 6) this.#unlock(file);
    if (operation !== 6) return status(ok);
    const busy = faults.lockBusy ?? 0;
    if (busy > 0) this.#device.faults = { ...faults, lockBusy: busy - 1 };
    const holder = locks.get(file.path);
    if (busy > 0 || (holder !== undefined && holder !== file)) return status(codes.wouldBlock);
    locks.set(file.path, file);
    return status(ok);
  }

  #unlock(file: OpenFile): void {
    if (this.#device.locks.get(file.path) === file) this.#device.locks.delete(file.path);
  }
}

const clean = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
const pathOf = (header: Buffer): string => clean(header.toString('utf8').split('\0')[0] ?? '');
const strings = (items: readonly string[]): Buffer => Buffer.from(items.map((item) => `${item}\0`).join(''), 'utf8');

function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

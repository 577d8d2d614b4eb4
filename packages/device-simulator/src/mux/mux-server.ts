import { EventEmitter } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import {
  asData,
  asDictionary,
  asNumber,
  asString,
  parsePlist,
  type PlistDictionary,
  type PlistValue,
  writeXmlPlist,
} from '@triplicate/plist';
import type { SimDevice } from '../device.ts';
import { lockdownPort, servicePorts } from '../services/ports.ts';
import { servePort } from '../services/serve-port.ts';
import { SimStream, StreamEnded } from '../wire/sim-stream.ts';

const results = { ok: 0, badCommand: 1, noRecord: 2, badDevice: 2, refused: 3 } as const;

/** usbmuxd for phones made of software: the same requests and events, over a socket in the file system and over loopback TCP. */
export class MuxServer implements AsyncDisposable {
  readonly #devices = new Map<number, SimDevice>();
  readonly #records = new Map<string, Buffer>();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #events = new EventEmitter();
  readonly #byDevice = new Map<SimDevice, Set<Socket>>();
  readonly #onError: (error: unknown) => void;
  /** Of those in the network. */
  readonly #hosts = new Map<number, string>();
  #nextId = 1;

  /** `onError` is told what went wrong in the phone itself, not that a connection ended. */
  constructor(onError: (error: unknown) => void = () => {}) {
    this.#onError = onError;
    this.#events.setMaxListeners(1000);
  }

  attach(device: SimDevice): number {
    const id = this.#nextId++;
    this.#devices.set(id, device);
    this.#events.emit('event', attached(id, device, this.#hosts.get(id)));
    return id;
  }

  /**
   * Lists the phone as one in the network at `host`, an address of loopback, and listens there itself. As daemons on Linux do, this one
   * does not connect to it: the computer goes straight to its ports.
   */
  async attachNetwork(device: SimDevice, host: string): Promise<number> {
    for (const port of [lockdownPort, ...servicePorts]) {
      const server = createServer((socket) =>
        this.#accept(socket, (stream) => this.#direct(stream, socket, { device, port })),
      );
      this.#servers.push(server);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port }, resolve);
      });
    }
    this.#hosts.set(this.#nextId, host);
    return this.attach(device);
  }

  /** Unplugs the phone: its connections are cut. */
  detach(device: SimDevice): void {
    for (const [id, other] of this.#devices)
      if (other === device) {
        this.#devices.delete(id);
        this.#events.emit('event', { MessageType: 'Detached', DeviceID: id });
      }
    for (const socket of this.#byDevice.get(device) ?? []) socket.destroy();
  }

  /** Listens on a socket in the file system, or on a free port of 127.0.0.1; gives the port. */
  async listen(where: { readonly path: string } | { readonly port: number }): Promise<number> {
    const server = createServer((socket) => this.#accept(socket));
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen('path' in where ? { path: where.path } : { host: '127.0.0.1', port: where.port }, resolve);
    });
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  async #direct(
    stream: SimStream,
    socket: Socket,
    { device, port }: { device: SimDevice; port: number },
  ): Promise<void> {
    const serve = servePort(device, port);
    if (serve) await serve(stream);
    else socket.destroy();
  }

  #accept(socket: Socket, serve = (stream: SimStream) => this.#serve(stream, socket)): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const stream = new SimStream(socket);
    serve(stream).catch((error: unknown) => {
      if (!(error instanceof StreamEnded)) this.#onError(error);
      socket.destroy();
    });
  }

  async #serve(stream: SimStream, socket: Socket): Promise<void> {
    for (;;) {
      const head = await stream.read(16);
      const tag = head.readUInt32LE(12);
      const body = asDictionary(parsePlist(await stream.read(head.readUInt32LE(0) - 16))) ?? {};
      if (asString(body['MessageType']) === 'Connect') return this.#connect(stream, socket, { tag, body });
      if (asString(body['MessageType']) === 'Listen') return this.#listener(stream, tag);
      await reply(stream, tag, this.#answer(body));
    }
  }

  async #connect(
    stream: SimStream,
    socket: Socket,
    { tag, body }: { tag: number; body: PlistDictionary },
  ): Promise<void> {
    const device = this.#devices.get(asNumber(body['DeviceID']) ?? -1);
    const swapped = asNumber(body['PortNumber']) ?? 0;
    const port = ((swapped & 0xff) << 8) | (swapped >> 8);
    const inNetwork = this.#hosts.has(asNumber(body['DeviceID']) ?? -1);
    const serve = device && !inNetwork ? servePort(device, port) : undefined;
    if (!device || !serve) return reply(stream, tag, result(device ? results.refused : results.badDevice));
    const sockets = this.#byDevice.get(device) ?? new Set();
    this.#byDevice.set(device, sockets.add(socket));
    socket.on('close', () => sockets.delete(socket));
    await reply(stream, tag, result(results.ok));
    if (device.faults.segmentBytes !== undefined) stream.faults.segmentBytes = device.faults.segmentBytes;
    await serve(stream);
  }

  async #listener(stream: SimStream, tag: number): Promise<void> {
    await reply(stream, tag, result(results.ok));
    for (const [id, device] of this.#devices) await reply(stream, 0, attached(id, device, this.#hosts.get(id)));
    const send = (event: PlistValue): void => void reply(stream, 0, event).catch(() => stream.close());
    this.#events.on('event', send);
    try {
      await stream.read(1);
    } finally {
      this.#events.off('event', send);
    }
  }

  #answer(body: PlistDictionary): PlistValue {
    const id = (asString(body['PairRecordID']) ?? '').replaceAll('-', '');
    switch (asString(body['MessageType'])) {
      case 'ListDevices':
        return {
          DeviceList: [...this.#devices].map(([number, device]) => attached(number, device, this.#hosts.get(number))),
        };
      case 'ReadBUID':
        return { BUID: '5E1F0C0D-7A11-4B0B-9D52-30A1B6F4C001' };
      case 'ListListeners':
        return { ListenerList: [] };
      case 'ReadPairRecord': {
        const record = this.#records.get(id);
        return record ? { PairRecordData: record } : result(results.noRecord);
      }
      case 'SavePairRecord':
        return this.#save(id, asData(body['PairRecordData']));
      case 'DeletePairRecord':
        this.#records.delete(id);
        return result(results.ok);
      default:
        return result(results.badCommand);
    }
  }

  #save(id: string, record: Buffer | undefined): PlistValue {
    if (record === undefined) return result(22);
    this.#records.set(id, Buffer.from(record));
    for (const [number, device] of this.#devices)
      if (device.udid.replaceAll('-', '') === id)
        this.#events.emit('event', { MessageType: 'Paired', DeviceID: number });
    return result(results.ok);
  }
}

const result = (number: number): PlistValue => ({ MessageType: 'Result', Number: number });

const attached = (id: number, { udid, options }: SimDevice, host: string | undefined): PlistValue => ({
  MessageType: 'Attached',
  DeviceID: id,
  Properties: {
    DeviceID: id,
    SerialNumber: options.dashless === true ? udid.replaceAll('-', '') : udid,
    ...(host === undefined
      ? { ConnectionType: 'USB', ConnectionSpeed: 480_000_000, LocationID: 0x14100000 + id, ProductID: 0x12a8 }
      : {
          ConnectionType: 'Network',
          EscapedFullServiceName: `${udid}._apple-mobdev2`,
          InterfaceIndex: 1,
          NetworkAddress: socketAddress(host),
        }),
  },
});

/** As Apple's systems write a `sockaddr_in`: its length, its family, a port, the address. */
const socketAddress = (host: string): Buffer =>
  Buffer.concat([Buffer.from([16, 2, 0, 0, ...host.split('.').map(Number)]), Buffer.alloc(8)]);

const reply = async (stream: SimStream, tag: number, message: PlistValue): Promise<void> => {
  const body = writeXmlPlist(message);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(16 + body.length, 0);
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(8, 8);
  head.writeUInt32LE(tag, 12);
  await stream.write(head, body);
};

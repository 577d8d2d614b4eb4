import type { Body } from '../body.ts';
import { BackupError } from '../errors.ts';
import type {
  CallOptions,
  Capabilities,
  Destination,
  GetOptions,
  KeepOptions,
  ObjectInfo,
  PutOptions,
  Space,
} from './destination.ts';

/** A destination over another one that changes nothing: what every wrapper begins from. It owns what it wraps and disposes of it. */
export abstract class ForwardingDestination implements Destination {
  protected readonly inner: Destination;

  constructor(inner: Destination) {
    this.inner = inner;
  }

  get label(): string {
    return this.inner.label;
  }

  get capabilities(): Capabilities {
    return this.inner.capabilities;
  }

  put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    return this.inner.put(key, body, options);
  }

  get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    return this.inner.get(key, options);
  }

  stat(key: string, options: CallOptions): Promise<ObjectInfo | undefined> {
    return this.inner.stat(key, options);
  }

  list(prefix: string, options: CallOptions): AsyncIterable<ObjectInfo> {
    return this.inner.list(prefix, options);
  }

  delete(key: string, options: CallOptions): Promise<void> {
    return this.inner.delete(key, options);
  }

  /** `undefined` also where the wrapped destination has no such verb. */
  async space(options: CallOptions): Promise<Space | undefined> {
    return this.inner.space?.(options);
  }

  /** Nothing also where the wrapped destination has no such verb. */
  async *versions(key: string, options: CallOptions): AsyncIterable<Body> {
    yield* this.inner.versions?.(key, options) ?? [];
  }

  /** UNSUPPORTED also where the wrapped destination has no such verb. */
  async keepUntil(key: string, options: KeepOptions): Promise<void> {
    if (this.inner.keepUntil === undefined) throw new BackupError('UNSUPPORTED', `${this.label} locks no objects`);
    await this.inner.keepUntil(key, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inner[Symbol.asyncDispose]();
  }
}

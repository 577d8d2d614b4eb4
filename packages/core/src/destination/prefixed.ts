import type { Body } from '../body.ts';
import type { CallOptions, Destination, GetOptions, KeepOptions, ObjectInfo, PutOptions } from './destination.ts';
import { ForwardingDestination } from './forwarding.ts';
import { assertKey } from './key.ts';

/**
 * A folder of another destination as a destination of its own. The key rule counts the whole name, so the longest key is shorter here by
 * the prefix and its slash; a repository's longest (`data/xx/` and 64 digits) has 72.
 */
export class PrefixedDestination extends ForwardingDestination {
  readonly #folder: string;

  /** `prefix` is a key itself, e.g. `laptop` or `backups/anna`, without a slash at its end. */
  constructor(inner: Destination, prefix: string) {
    super(inner);
    assertKey(prefix);
    this.#folder = `${prefix}/`;
  }

  override get label(): string {
    const { label } = this.inner;
    return label.endsWith('/') ? label + this.#folder.slice(0, -1) : `${label}/${this.#folder.slice(0, -1)}`;
  }

  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    return this.#strip(await this.inner.put(this.#folder + key, body, options));
  }

  override get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    return this.inner.get(this.#folder + key, options);
  }

  override async stat(key: string, options: CallOptions): Promise<ObjectInfo | undefined> {
    const info = await this.inner.stat(this.#folder + key, options);
    return info && this.#strip(info);
  }

  override versions(key: string, options: CallOptions): AsyncIterable<Body> {
    return super.versions(this.#folder + key, options);
  }

  override async *list(prefix: string, options: CallOptions): AsyncIterable<ObjectInfo> {
    for await (const info of this.inner.list(this.#folder + prefix, options)) yield this.#strip(info);
  }

  override delete(key: string, options: CallOptions): Promise<void> {
    return this.inner.delete(this.#folder + key, options);
  }

  override keepUntil(key: string, options: KeepOptions): Promise<void> {
    return super.keepUntil(this.#folder + key, options);
  }

  #strip(info: ObjectInfo): ObjectInfo {
    return { ...info, key: info.key.slice(this.#folder.length) };
  }
}

import type { Body } from '../body.ts';
import type { CallOptions, Destination, GetOptions, KeepOptions, ObjectInfo, PutOptions } from './destination.ts';
import { ForwardingDestination } from './forwarding.ts';

/** Says that a destination may be changed when it resolves, and why it may not be used at all when it rejects. */
export type Gate = () => Promise<void>;

/** Lets everything be read at once, and what changes anything wait for a gate; once that is shut nothing passes. */
export class GatedDestination extends ForwardingDestination {
  #gate: Gate = () => Promise.resolve();
  #shut: { readonly why: unknown } | undefined;

  /** What the gate stands before: for the lock that opens it. */
  get ungated(): Destination {
    return this.inner;
  }

  /** From now on; it is asked before each change. */
  setGate(gate: Gate): void {
    this.#gate = gate;
    gate().catch((why: unknown) => {
      this.#shut = { why };
    });
  }

  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    await this.#gate();
    return this.inner.put(key, body, options);
  }

  override async *get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    this.#refuseShut();
    yield* this.inner.get(key, options);
  }

  override async stat(key: string, options: CallOptions): Promise<ObjectInfo | undefined> {
    this.#refuseShut();
    return this.inner.stat(key, options);
  }

  override async *list(prefix: string, options: CallOptions): AsyncIterable<ObjectInfo> {
    this.#refuseShut();
    yield* this.inner.list(prefix, options);
  }

  override async delete(key: string, options: CallOptions): Promise<void> {
    await this.#gate();
    return this.inner.delete(key, options);
  }

  override async keepUntil(key: string, options: KeepOptions): Promise<void> {
    await this.#gate();
    return super.keepUntil(key, options);
  }

  #refuseShut(): void {
    if (this.#shut) throw this.#shut.why;
  }
}

import { type Body, bodyOf, collect } from '../body.ts';
import { type Clock, systemClock } from '../clock.ts';
import { abortable } from '../destination/abortable.ts';
import type {
  CallOptions,
  Destination,
  GetOptions,
  KeepOptions,
  ObjectInfo,
  PutOptions,
  Space,
} from '../destination/destination.ts';
import { ForwardingDestination } from '../destination/forwarding.ts';
import { BackupError } from '../errors.ts';
import { type Call, type Fault, FaultSchedule, isSilent, type Verb } from './fault.ts';
import { cut, spoil } from './faulty-stream.ts';

export interface FaultyOptions {
  readonly clock?: Clock;
  /** Runs before each call and may wait, throw, or look into things: for what no fault can say. */
  readonly hook?: (call: Call) => void | Promise<void>;
}

/** A destination in which calls go wrong as they are told to. `calls` has every call that arrived. */
export class FaultyDestination extends ForwardingDestination {
  readonly calls: Call[] = [];
  readonly #schedule = new FaultSchedule();
  readonly #clock: Clock;
  readonly #hook: FaultyOptions['hook'];

  constructor(inner: Destination, faults: Fault | readonly Fault[] = [], options: FaultyOptions = {}) {
    super(inner);
    this.#clock = options.clock ?? systemClock;
    this.#hook = options.hook;
    for (const fault of [faults].flat()) this.inject(fault);
  }

  inject(fault: Fault): void {
    this.#schedule.add(fault);
  }

  /** From now on nothing goes wrong. */
  mend(): void {
    this.#schedule.clear();
  }

  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    const fault = await this.#begin('put', key, options);
    if (fault === undefined) return this.inner.put(key, body, options);
    if (isSilent(fault)) {
      const content = await collect(this.#spoil(body.open(), fault, options));
      const info = await this.inner.put(key, bodyOf(content), options);
      return { ...info, size: body.size };
    }
    const broken =
      fault.cutAfter === undefined ? body : { ...body, open: () => this.#spoil(body.open(), fault, options) };
    await this.inner.put(key, broken, options);
    throw errorOf(fault);
  }

  override async *get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    const fault = await this.#begin('get', key, options);
    const content = this.inner.get(key, options);
    yield* fault === undefined ? content : this.#spoil(content, fault, options);
    if (fault?.afterEffect === true) throw errorOf(fault);
  }

  override async stat(key: string, options: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#around('stat', key, options, () => this.inner.stat(key, options));
  }

  override async *list(prefix: string, options: CallOptions): AsyncIterable<ObjectInfo> {
    const fault = await this.#begin('list', prefix, options);
    const entries = this.inner.list(prefix, options);
    yield* fault?.cutAfter === undefined ? entries : cut(entries, fault.cutAfter, errorOf(fault));
    if (fault?.afterEffect === true) throw errorOf(fault);
  }

  override async delete(key: string, options: CallOptions): Promise<void> {
    return this.#around('delete', key, options, () => this.inner.delete(key, options));
  }

  override async space(options: CallOptions): Promise<Space | undefined> {
    return this.#around('space', '', options, () => super.space(options));
  }

  override async keepUntil(key: string, options: KeepOptions): Promise<void> {
    return this.#around('keepUntil', key, options, () => super.keepUntil(key, options));
  }

  async #around<T>(verb: Verb, key: string, options: CallOptions, work: () => Promise<T>): Promise<T> {
    const fault = await this.#begin(verb, key, options);
    const result = await work();
    if (fault !== undefined) throw errorOf(fault);
    return result;
  }

  /** Fails or hangs here when the fault lets nothing reach the destination. */
  async #begin(verb: Verb, key: string, { signal }: CallOptions): Promise<Fault | undefined> {
    const call = { verb, key, number: this.calls.filter((earlier) => earlier.verb === verb).length + 1 };
    this.calls.push(call);
    await this.#hook?.(call);
    const fault = this.#schedule.next(call);
    if (fault?.hang === true) await abortable(new Promise<never>(() => {}), signal);
    if (fault === undefined || isSilent(fault)) return fault;
    if (fault.cutAfter === undefined && fault.afterEffect !== true) throw errorOf(fault);
    return fault;
  }

  #spoil(content: AsyncIterable<Uint8Array>, fault: Fault, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    return spoil(content, fault, { clock: this.#clock, error: errorOf(fault), signal });
  }
}

const errorOf = (fault: Fault): Error => fault.error ?? new BackupError('UNAVAILABLE', 'the test let this call fail');

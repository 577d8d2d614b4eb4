import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Body, bodyOf } from '../../src/body.ts';
import type { CallOptions, Capabilities, ObjectInfo, PutOptions } from '../../src/destination/destination.ts';
import { BackupError } from '../../src/errors.ts';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import { PatientDestination } from '../../src/destination/patient.ts';
import { MemoryDestination } from '../../src/testing/index.ts';

const patienceMs = 1_000;
const { signal } = new AbortController();

/** Takes the whole body and never answers. */
class Silent extends ForwardingDestination {
  readonly #over: Partial<Capabilities>;

  constructor(over: Partial<Capabilities>) {
    super(new MemoryDestination());
    this.#over = over;
  }

  override get capabilities(): Capabilities {
    return { ...super.capabilities, ...this.#over };
  }

  override async put(_key: string, body: Body, _options: PutOptions): Promise<ObjectInfo> {
    for await (const piece of body.open()) void piece;
    return new Promise(() => undefined);
  }
}

/** What became of a put of 16 MiB after so many milliseconds. */
const after = async (ms: number, over: Partial<Capabilities>): Promise<unknown> => {
  const destination = new PatientDestination(new Silent(over), patienceMs);
  let outcome: unknown = 'nothing yet';
  destination.put('data/aa', bodyOf(new Uint8Array(16 * 1024 ** 2)), { signal }).catch((error: unknown) => {
    outcome = error;
  });
  await vi.advanceTimersByTimeAsync(ms);
  return outcome;
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('ends a put that stands still where the adapter stores as it takes', async () => {
  expect(await after(patienceMs - 1, { storesAsItTakes: true })).toBe('nothing yet');
  expect(await after(patienceMs, { storesAsItTakes: true })).toMatchObject({ code: 'UNAVAILABLE' });
});

it('gives an adapter that takes a body at once the time that a slow link needs for it', async () => {
  expect(await after(256_000, {})).toBe('nothing yet');
  expect(await after(patienceMs + 256_000, {})).toMatchObject({ code: 'UNAVAILABLE' });
});

it('gives the adapter the same body again when a put is made again, so that it can go on where it was', async () => {
  const seen: Body[] = [];
  class Refusing extends ForwardingDestination {
    override put(_key: string, body: Body): Promise<ObjectInfo> {
      seen.push(body);
      return Promise.reject(new Error('not now'));
    }
  }
  const destination = new PatientDestination(new Refusing(new MemoryDestination()), patienceMs);
  const body = bodyOf(Buffer.from('content'));
  for (const one of [body, body, bodyOf(Buffer.from('content'))])
    await expect(destination.put('data/aa', one, { signal })).rejects.toThrow('not now');
  expect(seen[0]).toBe(seen[1]);
  expect(seen[2]).not.toBe(seen[1]);
});

it('tells the adapter of the caller who goes, also when a listing was left before', async () => {
  let told: AbortSignal | undefined;
  class Lingering extends ForwardingDestination {
    override async *list(_prefix: string, options: CallOptions): AsyncIterable<ObjectInfo> {
      told = options.signal;
      try {
        yield { key: 'a', size: 1, modified: new Date(0) };
      } finally {
        await new Promise(() => undefined);
      }
    }
  }
  const controller = new AbortController();
  const destination = new PatientDestination(new Lingering(new MemoryDestination()), patienceMs);
  for await (const _ of destination.list('', { signal: controller.signal })) break;
  await vi.advanceTimersByTimeAsync(2 * patienceMs);
  expect(told?.aborted).toBe(false);
  controller.abort(new Error('enough'));
  expect(told?.reason).toBe(controller.signal.reason);
});

it('tells what the last refusal was of a call that was refused until the patience ran out, and not that of another', async () => {
  const destination = new PatientDestination(new Silent({ storesAsItTakes: true }), patienceMs);
  const ended = async (meanwhile: () => void): Promise<unknown> => {
    const call = destination.put('config', bodyOf(Buffer.from('a')), { signal }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(patienceMs / 2);
    meanwhile();
    await vi.advanceTimersByTimeAsync(patienceMs);
    return call;
  };
  const refusal = new BackupError('UNAVAILABLE', 'the server answers 503', { hint: 'wait' });
  const message = 'the server answers 503, again and again for 1 s';
  expect(await ended(() => destination.refused(refusal))).toMatchObject({ code: 'UNAVAILABLE', message, hint: 'wait' });
  expect(await ended(() => undefined)).toMatchObject({ message: expect.stringContaining('no sign of life') as string });
});

import {
  type Body,
  BackupError,
  bodyOf,
  type CallOptions,
  type Capabilities,
  type Destination,
  ForwardingDestination,
  type GetOptions,
  type ObjectInfo,
  type PutOptions,
} from '@triplicate/core';
import { type Fault, FaultyDestination, MemoryDestination, type MemoryStore } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { type CheckResult, destinationChecks, runChecks } from '../../src/index.ts';

const signal = new AbortController().signal;

type Spoil = (inner: MemoryDestination) => Destination;

/** The names of those checks that fail on a memory that is spoilt by `spoil`, of those whose name begins with `name`. */
const failures = async (spoil: Spoil, name = '', real: Partial<Capabilities> = {}): Promise<string[]> => {
  const store: MemoryStore = new Map();
  const failed: string[] = [];
  const onResult = (result: CheckResult): void => void (result.status === 'failed' && failed.push(result.check.name));
  const open = async (): Promise<Destination> => spoil(new MemoryDestination({ store, capabilities: real }));
  const checks = destinationChecks.filter((check) => check.name.startsWith(name));
  expect(checks).not.toEqual([]);
  await runChecks(checks, open, { signal, onResult, seed: 11 });
  return failed;
};

class Liar extends ForwardingDestination {}

class Claims extends Liar {
  readonly #claims: Partial<Capabilities>;

  constructor(inner: Destination, claims: Partial<Capabilities>) {
    super(inner);
    this.#claims = claims;
  }

  override get capabilities(): Capabilities {
    return { ...this.inner.capabilities, ...this.#claims };
  }
}

class ShortLists extends Liar {
  override async *list(prefix: string, options: CallOptions): AsyncIterable<ObjectInfo> {
    let count = 0;
    for await (const info of this.inner.list(prefix, options)) if ((count += 1) <= 10) yield info;
  }
}

class DoubleLists extends Liar {
  override async *list(prefix: string, options: CallOptions): AsyncIterable<ObjectInfo> {
    yield* this.inner.list(prefix, options);
    yield* this.inner.list(prefix, options);
  }
}

class FolderPrefixes extends Liar {
  override async *list(prefix: string, options: CallOptions): AsyncIterable<ObjectInfo> {
    const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
    yield* this.inner.list(folder, options);
  }
}

class ShortRanges extends Liar {
  override async *get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    const size = (await this.inner.stat(key, options))?.size ?? 0;
    const { offset, length } = options.range ?? { offset: 0, length: size };
    const begin = Math.min(offset, size);
    yield* this.inner.get(key, { ...options, range: { offset: begin, length: Math.min(length, size - begin) } });
  }
}

/** Keeps the views that it is given until the body ends. */
class KeepsViews extends Liar {
  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    const views = await Array.fromAsync(body.open());
    return this.inner.put(key, { size: body.size, open: () => bodyOf(...views).open() }, options);
  }
}

/** Whatever arrived becomes the object, be it whole or not. */
class TakesTheBroken extends Liar {
  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    const parts: Buffer[] = [];
    try {
      for await (const part of body.open()) parts.push(Buffer.from(part));
    } catch {
      // Lets the broken content pass for a whole one.
    }
    return this.inner.put(key, bodyOf(...parts), options);
  }
}

class LooksThenWrites extends Liar {
  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    const taken = (await this.inner.stat(key, options)) !== undefined;
    if (options.ifAbsent === true && taken) throw new BackupError('ALREADY_EXISTS', 'taken');
    await new Promise(setImmediate);
    return this.inner.put(key, body, { signal: options.signal });
  }
}

class WritesInPlace extends Liar {
  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    let content = Buffer.alloc(0);
    for await (const part of body.open()) {
      content = Buffer.concat([content, part]);
      await this.inner.put(key, bodyOf(content), options);
    }
    return this.inner.put(key, bodyOf(content), options);
  }
}

class MayFold extends Liar {
  override put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    return this.inner.put(key.replaceAll('.', '-'), body, options);
  }
}

class DeletesFolders extends Liar {
  override async delete(key: string, options: CallOptions): Promise<void> {
    for await (const below of this.inner.list(`${key}/`, options)) await this.inner.delete(below.key, options);
    await this.inner.delete(key, options);
  }
}

class NeverCloses extends Liar {
  override async [Symbol.asyncDispose](): Promise<void> {}
}

class Deaf extends Liar {
  override async put(key: string, body: Body, { ifAbsent }: PutOptions): Promise<ObjectInfo> {
    return this.inner.put(key, body, { signal, ...(ifAbsent === undefined ? {} : { ifAbsent }) });
  }
  override get(key: string, { range }: GetOptions): AsyncIterable<Uint8Array> {
    return this.inner.get(key, { signal, ...(range === undefined ? {} : { range }) });
  }
  override list(prefix: string): AsyncIterable<ObjectInfo> {
    return this.inner.list(prefix, { signal });
  }
}

const ignoresFailures = (fault: Fault) => (inner: Destination) => new FaultyDestination(inner, fault);
const always = { times: Infinity } as const;

describe('the checks of a destination', () => {
  it.each<[string, (inner: MemoryDestination) => Destination, string]>([
    ['turns a bit on the way back', ignoresFailures({ failOn: 'get', corrupt: 0, ...always }), 'gives back 1 bytes'],
    [
      'loses the end of what is written',
      ignoresFailures({ failOn: 'put', truncate: 60_000, ...always }),
      'gives back 65536 bytes',
    ],
    ['keeps views that are used again', (inner) => new KeepsViews(inner), 'gives back 5242880 bytes'],
    ['gives a short read at the end', (inner) => new ShortRanges(inner), 'refuses a range past the end'],
    ['ends its listings early', (inner) => new ShortLists(inner), 'lists what stood there before'],
    ['lists twice', (inner) => new DoubleLists(inner), 'takes a prefix as plain text'],
    ['takes a prefix for a folder', (inner) => new FolderPrefixes(inner), 'takes a prefix as plain text'],
    ['stores broken contents', (inner) => new TakesTheBroken(inner), 'leaves nothing of a content that fails half-way'],
    ['stores broken contents', (inner) => new TakesTheBroken(inner), 'leaves nothing of a content that is longer'],
    [
      'stores broken contents',
      (inner) => new TakesTheBroken(inner),
      'keeps the old object when the content of the new one is shorter',
    ],
    ['looks first and writes then', (inner) => new LooksThenWrites(inner), 'lets one of several win'],
    ['writes in place', (inner) => new WritesInPlace(inner), 'shows a reader the old object or the new one'],
    ['confuses names', (inner) => new MayFold(inner), 'keeps objects of all allowed names apart'],
    ['deletes what stands below', (inner) => new DeletesFolders(inner), 'deletes nothing that stands below'],
    ['goes on after it was closed', (inner) => new NeverCloses(inner), 'answers no call after it was closed'],
    ['does not hear the signal', (inner) => new Deaf(inner), 'begins nothing for a signal'],
    ['does not hear the signal', (inner) => new Deaf(inner), 'stops a list at once'],
  ])('catch one that %s', async (_, spoil, expected) => {
    expect(await failures(spoil, expected)).not.toEqual([]);
  });

  it.each<[string, Partial<Capabilities>, Partial<Capabilities>, string]>([
    ['deletes nothing', { canDelete: true }, { canDelete: false }, 'keeps an object that it claims'],
    ['deletes', { canDelete: false }, { canDelete: true }, 'deletes an object, and again'],
    ['writes once', { writeOnce: 'no' }, { writeOnce: 'refuses' }, 'refuses to write an object again'],
    ['writes again', { writeOnce: 'refuses' }, { writeOnce: 'no' }, 'replaces an object as a whole'],
    ['reads no ranges', { rangeReads: true }, { rangeReads: false }, 'says that it reads no ranges'],
    ['reads ranges', { rangeReads: false }, { rangeReads: true }, 'reads any range'],
    ['lists at once', { listLagMs: 200 }, { listLagMs: 0 }, 'lists what stood there before'],
    ['takes no large objects', {}, { maxObjectSize: 1000 }, 'refuses an object above the size'],
  ])('catch one that claims falsely that it %s', async (_, real, claimed, expected) => {
    expect(await failures((inner) => new Claims(inner, claimed), expected, real)).not.toEqual([]);
    expect(await failures((inner) => inner, expected, real)).toEqual([]);
  });

  it('find nothing on one that keeps its promises', async () => {
    expect(await failures((inner) => inner)).toEqual([]);
  });
});

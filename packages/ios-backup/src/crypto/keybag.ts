import { BackupError } from '@triplicate/core';

/** A class key as the keybag has it, still wrapped. */
export interface WrappedClassKey {
  readonly protectionClass: number;
  /** Bit 1: wrapped by a key of the device, never to be had; bit 2: wrapped by the backup's password. */
  readonly wrap: number;
  readonly wrapped: Uint8Array;
}

export interface Keybag {
  /** 1 is the keybag of a backup. */
  readonly type: number;
  readonly salt: Uint8Array;
  readonly iterations: number;
  /** The first of two derivations, since iOS 10.2; recognised by its presence and not by a version. */
  readonly first?: { readonly salt: Uint8Array; readonly iterations: number };
  readonly classKeys: readonly WrappedClassKey[];
}

const largestKeybag = 64 * 1024;
const mostClassKeys = 64;
/** Apple asks for 10 million; a forged backup could ask for hours. */
export const mostIterations = 100_000_000;

type Entry = readonly [tag: string, value: Buffer];

/** Reads the tag, length, value records of `BackupKeyBag`. CORRUPT when they are cut short, too many, or ask for too much work. */
export const parseKeybag = (data: Uint8Array): Keybag => {
  const entries = [...records(Buffer.from(data))];
  // The second UUID begins the class keys; the first names the keybag itself.
  const uuids = entries.flatMap(([tag], at) => (tag === 'UUID' ? [at] : []));
  const split = uuids[1] ?? entries.length;
  const header = new Map(entries.slice(0, split));
  const first = { salt: header.get('DPSL'), iterations: header.get('DPIC') };
  const salt = header.get('SALT');
  if (salt === undefined || !header.has('ITER')) throw corrupt('it has no salt or no iteration count');
  return {
    type: number(header.get('TYPE')) & 0x3fff_ffff,
    salt,
    iterations: iterations(header.get('ITER')),
    ...(first.salt !== undefined && first.iterations !== undefined
      ? { first: { salt: first.salt, iterations: iterations(first.iterations) } }
      : {}),
    classKeys: classKeys(entries.slice(split)),
  };
};

function* records(data: Buffer): Generator<Entry> {
  if (data.length > largestKeybag) throw corrupt(`it has ${data.length} bytes`);
  for (let at = 0; at < data.length;) {
    if (at + 8 > data.length) throw corrupt('it is cut short');
    const tag = data.toString('latin1', at, at + 4);
    const end = at + 8 + data.readUInt32BE(at + 4);
    if (end > data.length) throw corrupt('it is cut short');
    yield [tag, data.subarray(at + 8, end)];
    at = end;
  }
}

const classKeys = (entries: readonly Entry[]): WrappedClassKey[] => {
  const groups: Map<string, Buffer>[] = [];
  for (const [tag, value] of entries) {
    if (tag === 'UUID') groups.push(new Map());
    groups.at(-1)?.set(tag, value);
  }
  if (groups.length > mostClassKeys) throw corrupt(`it has ${groups.length} class keys`);
  return groups.flatMap((group) => {
    const wrapped = group.get('WPKY');
    return wrapped === undefined
      ? []
      : [{ protectionClass: number(group.get('CLAS')), wrap: number(group.get('WRAP')), wrapped }];
  });
};

const number = (value: Buffer | undefined): number => (value?.length === 4 ? value.readUInt32BE(0) : 0);

const iterations = (value: Buffer | undefined): number => {
  const count = number(value);
  if (count < 1 || count > mostIterations) throw corrupt(`it asks for ${count} iterations`);
  return count;
};

const corrupt = (why: string): BackupError => new BackupError('CORRUPT', `the backup's keybag cannot be used: ${why}`);

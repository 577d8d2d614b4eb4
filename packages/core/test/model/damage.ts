/** Harm to the objects of one place. */
import type { MemoryStore } from '../../src/testing/index.ts';

const kinds = ['data/', 'data/', 'data/', 'index/', 'snapshots/'] as const;

/** Flips, truncates, zeroes or deletes an object; what it did, or `undefined` when there is none. */
export const damageOne = (store: MemoryStore, random: () => number): string | undefined => {
  const kind = kinds[Math.floor(random() * kinds.length)] ?? 'data/';
  // In the order of their making: names differ from run to run.
  const keys = [...store.keys()].filter((key) => key.startsWith(kind));
  const key = keys[Math.floor(random() * keys.length)];
  const object = key === undefined ? undefined : store.get(key);
  if (key === undefined || object === undefined) return undefined;
  const lot = Math.floor(random() * 4);
  const at = Math.floor(random() * object.content.byteLength);
  if (lot === 0) {
    store.delete(key);
    return `deleted ${key.slice(0, 20)}`;
  }
  const content = Buffer.from(lot === 1 ? object.content.subarray(0, at) : object.content);
  if (lot === 2) content[at] = (content[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  if (lot === 3) content.fill(0, at, Math.min(content.byteLength, at + 512));
  store.set(key, { ...object, content });
  return `${['', 'truncated', 'flipped', 'zeroed'][lot]} ${key.slice(0, 20)} at ${at} of ${object.content.byteLength}`;
};

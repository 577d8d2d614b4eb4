// How fast content is cut, in user and system time of one thread: `node --conditions=@triplicate/source bench/chunker.ts`.
// Bytes of noise, 64 MiB; the best of seven rounds, because other work on the machine only ever adds.
import { createCipheriv, hash } from 'node:crypto';
import { createFastCdc, openFastCdc } from '../packages/core/src/transform/fastcdc.ts';
import { createPlainGearScanner, deriveGear } from '../packages/core/src/transform/gear.ts';
import { createPlainRabinScanner } from '../packages/core/src/transform/rabin-scanner.ts';
import { rabinTables } from '../packages/core/src/transform/rabin-tables.ts';
import { createRabin, openRabin } from '../packages/core/src/transform/rabin.ts';
import type { Chunker } from '../packages/core/src/transform/transform.ts';

const mib = 1024 * 1024;
const size = 64 * mib;
const rounds = 7;
const key = new Uint8Array(32).fill(1);
const polynomial = '3da3358b4dc173';
const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(size));

const best = (work: () => void): number => {
  const times = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  });
  return Math.min(...times);
};

const report = (name: string, work: () => void): void => {
  const microseconds = best(work);
  process.stdout.write(`${name.padEnd(44)} ${(size / microseconds / 1000).toFixed(2).padStart(6)} GB/s\n`);
};

/** As the engine does it: the window is a view on memory that holds two of the longest chunks. */
const cutAll = (chunker: Chunker, memory: Uint8Array): void => {
  for (let start = 0; start < size;) start += chunker.cut(memory.subarray(start, start + chunker.maxSize), true);
};

const own = (chunker: Chunker): Uint8Array => {
  const memory = chunker.buffer?.(size) ?? new Uint8Array(size);
  memory.set(noise);
  return memory;
};

const compare = (name: string, plain: Chunker, fast: Chunker): void => {
  report(`${name}, plain JavaScript`, () => cutAll(plain, noise));
  report(`${name}, WebAssembly, copied in`, () => cutAll(fast, noise));
  const memory = own(fast);
  report(`${name}, WebAssembly, its own memory`, () => cutAll(fast, memory));
};

for (const average of [64 * 1024, mib, 4 * mib]) {
  const plain = createFastCdc(average, createPlainGearScanner(deriveGear(key)));
  compare(`fastcdc ${average / 1024} KiB`, plain, openFastCdc(average, key));
}
compare('rabin', createRabin(createPlainRabinScanner(rabinTables(polynomial))), openRabin(polynomial));
report('for comparison: sha256', () => {
  for (let start = 0; start < size; start += mib) hash('sha256', noise.subarray(start, start + mib), 'buffer');
});

import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { giveBack, giveBackFreed } from '../../src/posix/give-back.ts';
import { cLibrary } from '../../src/posix/library.ts';

const residentPages = (bytes: number): Uint8Array => {
  const memory = new (
    globalThis as unknown as { WebAssembly: { Memory: new (size: { initial: number }) => { buffer: ArrayBuffer } } }
  ).WebAssembly.Memory({ initial: bytes / 65_536 });
  return new Uint8Array(memory.buffer).fill(7);
};

describe('memory that is given back', () => {
  it.skipIf(platform() !== 'linux')('is the system’s again, and reads as zeros (Linux)', () => {
    const memory = residentPages(64 * 1024 * 1024);
    const before = process.memoryUsage.rss();
    giveBack(memory);
    expect(before - process.memoryUsage.rss()).toBeGreaterThan(48 * 1024 * 1024);
    expect([memory[0], memory[memory.length - 1]]).toEqual([0, 0]);
  });

  it('stays as it is when it does not end with a page', () => {
    const memory = residentPages(65_536).subarray(0, 1000);
    giveBack(memory);
    expect(memory[0]).toBe(7);
  });
});

/** What of the memory of this process stands on no file. */
const anonymousMib = (): number =>
  Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
const hasGlibc = 'glibcVersionRuntime' in (process.report.getReport() as { header: object }).header;

describe('what was freed', () => {
  it.skipIf(!hasGlibc)('is the system’s again though it stands between what is in use (glibc)', async () => {
    const library = cLibrary();
    const malloc = library?.declare('void *malloc(size_t)');
    const free = library?.declare('void free(void *)');
    const memset = library?.declare('void *memset(void *, int, size_t)');
    if (!malloc || !free || !memset) throw new Error('koffi is not installed');
    // Below what glibc asks the system for piece by piece, so that it stands in its heap.
    const pieces = Array.from({ length: 800 }, () => malloc(100_000));
    for (const piece of pieces) memset(piece, 7, 100_000);
    const [holes, inUse] = [0, 1].map((half) => pieces.filter((_, i) => i % 2 === half));
    for (const piece of holes ?? []) free(piece);
    const before = anonymousMib();
    giveBackFreed();
    await vi.waitFor(() => expect(before - anonymousMib()).toBeGreaterThan(25), { timeout: 5000 });
    for (const piece of inUse ?? []) free(piece);
  });
});

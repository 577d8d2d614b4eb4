import { platform } from 'node:os';
import { describe, expect, it } from 'vitest';
import { giveBack } from '../../src/posix/give-back.ts';

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

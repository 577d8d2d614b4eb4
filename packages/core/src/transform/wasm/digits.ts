import type { WasmMemory } from './webassembly.ts';

/** Where a kernel that reads finds the value of each hexadecimal digit, and 0xff for all else. */
export const digitsAt = 1024;

export const setDigits = ({ buffer }: WasmMemory): void => {
  const digits = new Uint8Array(buffer, digitsAt, 256).fill(0xff);
  for (const [value, digit] of Buffer.from('0123456789abcdef').entries()) digits[digit] = value;
};

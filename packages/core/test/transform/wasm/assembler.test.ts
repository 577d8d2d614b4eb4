import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble, i32, type Code } from '../../../src/transform/wasm/assembler.ts';
import { instantiate } from '../../../src/transform/wasm/webassembly.ts';
import { assert } from '../../repository/support/assert.ts';

const run = (body: Code, parameter = 0): number => {
  const source = { name: 'f', parameters: { x: 'i32' }, locals: {}, result: 'i32', body: () => [body] } as const;
  const instance = instantiate(() => assemble({ least: 1 }, [source]));
  if (instance === undefined) throw new Error('there is no WebAssembly here');
  return (instance.exports as { f(x: number): number }).f(parameter);
};

describe('the assembler', () => {
  it('writes every constant of 32 bits', () => {
    const edges = fc.constantFrom(0, 63, 64, 127, 128, 8191, 8192, -1, -64, -65, -8192, -8193, 2 ** 31 - 1, -(2 ** 31));
    assert.holds(fc.oneof(edges, fc.integer()), (value) => expect(run(i32.const(value))).toBe(value), 100);
  });

  it('writes offsets of any length', () => {
    for (const offset of [0, 127, 128, 16_383, 16_384, 65_535]) expect(run(i32.loadByte(i32.const(0), offset))).toBe(0);
    expect(() => run(i32.loadByte(i32.const(0), 65_536))).toThrow('memory access out of bounds');
  });

  it('refuses a name that was not declared', () => {
    expect(() =>
      assemble({ least: 1 }, [{ name: 'f', parameters: {}, locals: {}, result: 'i32', body: ({ get }) => [get('x')] }]),
    ).toThrow('no local "x"');
  });
});

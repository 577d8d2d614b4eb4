import { scryptSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scryptInThreads, scryptThreads } from '../../src/repository/scrypt-threads.ts';

const stock = (password: string, salt: Uint8Array, parameters: { N: number; r: number; p: number }): Buffer =>
  scryptSync(password, salt, 64, { ...parameters, maxmem: 1e9 });

describe('scrypt over threads', () => {
  it('gives the key of RFC 7914, §12', async () => {
    const parameters = { N: 1024, r: 8, p: 16 };
    const key = await scryptInThreads('password', Buffer.from('NaCl'), { parameters, keyLength: 64 });
    expect(key?.toString('hex')).toBe(
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
    );
  });

  it('gives the key that node:crypto gives, for any password, salt and cost', async () => {
    const cost = fc.record({
      N: fc.constantFrom(1024, 2048, 16_384),
      r: fc.constant(8),
      p: fc.integer({ min: 2, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.string(),
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        cost,
        async (password, salt, parameters) => {
          const key = await scryptInThreads(password, salt, { parameters, keyLength: 64 });
          expect(key?.toString('hex')).toBe(stock(password, salt, parameters).toString('hex'));
        },
      ),
      { numRuns: 12 },
    );
  });

  it('leaves alone what one thread does better, what asks for other code, and what would take much memory', () => {
    expect(scryptThreads({ N: 32_768, r: 8, p: 1 }, 8)).toBe(1);
    expect(scryptThreads({ N: 32_768, r: 8, p: 6 }, 1)).toBe(1);
    expect(scryptThreads({ N: 32_768, r: 8, p: 6 }, 2)).toBe(2);
    expect(scryptThreads({ N: 32_768, r: 8, p: 6 }, 64)).toBe(4);
    expect(scryptThreads({ N: 65_536, r: 8, p: 6 }, 8)).toBe(2);
    expect(scryptThreads({ N: 1_048_576, r: 8, p: 6 }, 8)).toBe(0);
    expect(scryptThreads({ N: 32_768, r: 9, p: 6 }, 8)).toBe(0);
  });
});

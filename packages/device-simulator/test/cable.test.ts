import { describe, expect, it } from 'vitest';
import { Cable } from '../src/wire/cable.ts';

describe('a cable', () => {
  it('carries no more than its speed, however many share it', async () => {
    const cable = new Cable(10_000_000);
    const begun = performance.now();
    const send = async (): Promise<void> => {
      for (let i = 0; i < 10; i++) await cable.pass(100_000);
    };
    await Promise.all([send(), send()]);
    // Less the twenty milliseconds that the buffers on both ends take at once.
    expect(performance.now() - begun).toBeGreaterThan(175);
  });
});

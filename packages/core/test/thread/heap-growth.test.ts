import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Keeps so much alive for a moment that V8 makes room for more, and prints how much there is in the end. */
const script = (limit: boolean): string => `
import { setTimeout } from 'node:timers/promises';
import { getHeapSpaceStatistics } from 'node:v8';
import { limitHeapGrowth } from ${JSON.stringify(join(import.meta.dirname, '../../src/thread/heap-growth.ts'))};
if (${limit}) limitHeapGrowth();
await setTimeout(700);
let kept = [];
for (let turn = 0; turn < 150; turn += 1) {
  kept = Array.from({ length: 40_000 }, (_, i) => ({ turn, i }));
  await setTimeout(2);
}
console.log(kept.length, getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size);
`;

/** MiB. */
const youngSpace = (limit: boolean): number => {
  const args = ['--max-semi-space-size=64', '--input-type=module', '-e', script(limit)];
  const [, bytes] = execFileSync(process.execPath, args, { encoding: 'utf8' }).split(' ');
  return Number(bytes) / 1024 / 1024;
};

describe.skipIf(!process.versions.node.startsWith('24.'))(
  'the heap (skipped on another Node than 24, whose growth is left alone)',
  () => {
    it('has a space for young objects that ends to grow where it is large enough', () => {
      expect(youngSpace(true)).toBeLessThanOrEqual(32);
      expect(youngSpace(false)).toBeGreaterThan(32);
    });
  },
);

import { expect, it } from 'vitest';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, testPipeline } from '../kit/repository.ts';

it('makes one replica where two destinations lead to one place, and says so', async () => {
  const store: MemoryStore = new Map();
  const { pipeline } = testPipeline({
    destinations: {
      a: () => new MemoryDestination({ store }),
      b: () => new MemoryDestination({ store }),
    },
  });
  const report = await init(pipeline);
  expect(report.created.map(({ destination }) => destination)).toEqual(['a']);
  expect(report.absent).toMatchObject([{ name: 'b', status: 'failed', error: { code: 'WRONG_REPOSITORY' } }]);
  expect(report.absent[0]?.error.message).toContain('leads to the same place');
  expect([...store.keys()].filter((key) => key.startsWith('keys/'))).toHaveLength(1);
});

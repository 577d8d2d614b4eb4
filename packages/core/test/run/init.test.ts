import { expect, it, vi } from 'vitest';
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

it('says that a place keeps everybody waiting', async () => {
  vi.useFakeTimers();
  try {
    const opening = Promise.withResolvers<MemoryDestination>();
    const { pipeline, events } = testPipeline({ destinations: { slow: () => opening.promise } });
    const made = init(pipeline);
    await vi.advanceTimersByTimeAsync(1900);
    expect(events).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(events).toEqual([{ type: 'silent', destination: 'slow', patienceMs: 58_000 }]);
    opening.resolve(new MemoryDestination({}));
    vi.useRealTimers();
    expect((await made).created).toHaveLength(1);
  } finally {
    vi.useRealTimers();
  }
});

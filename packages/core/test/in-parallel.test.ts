import { expect, it } from 'vitest';
import { inParallel } from '../src/in-parallel.ts';

it('a failure is told when all that was begun has ended, and nothing is begun after it', async () => {
  const ended: number[] = [];
  const work = async (item: number): Promise<void> => {
    if (item === 1) throw new RangeError('one');
    await new Promise((resolve) => setTimeout(resolve, 20));
    ended.push(item);
  };
  await expect(inParallel([0, 1, 2, 3, 4, 5], 3, work)).rejects.toThrow('one');
  expect(ended).toEqual([0, 2]);
});

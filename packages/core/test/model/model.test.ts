import { expect, it } from 'vitest';
import { play } from './play.ts';
import { makeSteps } from './steps.ts';

/** `MODEL_SEED=… MODEL_STEPS=…` play others; `npm run campaign -- model 2000` plays many and makes a list that fails shorter. */
const seed = Number(process.env['MODEL_SEED'] ?? 4711);
const count = Number(process.env['MODEL_STEPS'] ?? 150);

it(`lists nothing on a sound replica that it cannot give back alone, over ${count} steps from seed ${seed}`, async () => {
  const { log, wrong, reads } = await play(makeSteps(seed, count), { threads: 1 });
  // The steps are of use only when something is wrong.
  expect(wrong.length > 0 ? [...log, ...wrong] : []).toEqual([]);
  expect(log).toHaveLength(count);
  expect(reads).toBeGreaterThan(count);
}, 600_000);

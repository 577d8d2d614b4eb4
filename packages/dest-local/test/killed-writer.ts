import { hash, randomBytes } from 'node:crypto';
import { argv, stdout } from 'node:process';
import { bodyOf, systemClock } from '@triplicate/core';
import { openLocal } from '../src/index.ts';

/** Writes objects whose name is their hash until it is killed; a line for each that was promised to be there. */
const destination = await openLocal({ path: argv[2] ?? '', clock: systemClock });
const { signal } = new AbortController();
for (;;) {
  const content = randomBytes(2_000_000);
  const id = hash('sha256', content);
  const parts = Array.from({ length: 20 }, (_, i) => content.subarray(i * 100_000, (i + 1) * 100_000));
  await destination.put(`data/${id.slice(0, 1)}/${id}`, bodyOf(...parts), { signal });
  stdout.write(`${id}\n`);
}

import type { Chunker, Codec } from '@triplicate/core';
import { seededRandom } from '@triplicate/core/testing';
import { drawSeed, type Runner, type Seeded } from '../check.ts';
import { chunkerChecks } from './chunker-checks.ts';
import { codecChecks } from './codec-checks.ts';

export interface TestChunkerOptions extends Seeded {
  /** Whether its boundaries follow the content; `false` for one that cuts at fixed distances. */
  readonly contentDefined?: boolean;
}

/** Registers every check of a chunker with a test runner; `open` makes a new one with the same options each time. */
export const testChunker = (
  runner: Runner,
  name: string,
  open: () => Chunker,
  options: TestChunkerOptions = {},
): void => {
  const { contentDefined = true, seed = drawSeed() } = options;
  runner.describe(`${name} is a chunker (seed ${seed})`, () => {
    for (const [index, check] of chunkerChecks.entries()) {
      if (check.contentDefined === true && !contentDefined) continue;
      runner.it(check.name, () => check.run({ open, random: seededRandom(seed + index) }));
    }
  });
};

export interface TestCodecOptions extends Seeded {
  /** Whether it proves that what it decodes is what was encoded, as encryption with a MAC does. */
  readonly tamperEvident: boolean;
}

/** Registers every check of a codec with a test runner; `open` makes a new one with the same options and key each time. */
export const testCodec = (runner: Runner, name: string, open: () => Codec, options: TestCodecOptions): void => {
  const { seed = drawSeed(), tamperEvident } = options;
  runner.describe(`${name} is a codec (seed ${seed})`, () => {
    for (const [index, check] of codecChecks.entries()) {
      if (check.tamperEvident === true && !tamperEvident) continue;
      runner.it(check.name, () => check.run({ open, random: seededRandom(seed + index) }));
    }
  });
};

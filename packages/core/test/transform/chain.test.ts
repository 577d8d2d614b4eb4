import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import type { TransformPlugin } from '../../src/plugin/plugin.ts';
import { planChain, type ChainStep, type FindTransform } from '../../src/transform/chain.ts';
import { firstPartyTransforms } from '../../src/transform/first-party.ts';

const password = { env: 'PASSWORD' };
const encrypt: ChainStep = { type: 'encrypt', options: { password } };
const step = (type: string, options: unknown = {}): ChainStep => ({ type, options });

const reverse: TransformPlugin = {
  apiVersion: 1,
  kind: 'transform',
  type: 'reverse',
  stage: 'codec',
  summary: 'Turns blobs round',
  options: z.strictObject({}),
  open: () => {
    const turn = (blob: Uint8Array): Uint8Array => blob.toReversed();
    return { id: 'reverse', encode: turn, decode: turn };
  },
};
const fixed: TransformPlugin = {
  apiVersion: 1,
  kind: 'transform',
  type: 'fixed',
  stage: 'chunker',
  summary: 'Cuts at equal lengths',
  options: z.strictObject({}),
  open: () => ({ id: 'fixed', maxSize: 1000, cut: (window) => Math.min(window.length, 1000) }),
};

const find: FindTransform = (type) => {
  const plugin = firstPartyTransforms.find((each) => each.type === type);
  if (plugin) return { plugin };
  const other = [reverse, fixed].find((each) => each.type === type);
  return other && { plugin: other, url: `file:///${type}.js` };
};

const problemsOf = (...steps: ChainStep[]): string[] => {
  const planned = planChain(steps, find);
  if (!('problems' in planned)) throw new Error('nothing was wrong');
  return planned.problems.map(({ step: at, path, message, hint }) => `${[at, ...path].join('.')}: ${message}. ${hint}`);
};

describe('a chain of transforms', () => {
  it('is the standard one, with every default filled in', () => {
    expect(planChain([step('dedupe'), step('compress', null), encrypt], find)).toEqual({
      chain: {
        chunker: { type: 'dedupe', options: { chunker: 'fastcdc', average: 1_048_576 } },
        codecs: [{ type: 'compress', options: { algorithm: 'zstd', level: 2 } }],
        encrypt: { password },
        standard: true,
      },
    });
  });

  it('gives options that are the same after a second parse', () => {
    const planned = planChain([step('dedupe', { average: '256KiB' }), step('compress', { level: 9 }), encrypt], find);
    if (!('chain' in planned)) throw new Error('it should be possible');
    const { chunker, codecs } = planned.chain;
    for (const { type, options } of [chunker, ...codecs])
      expect(find(type)?.plugin.options.parse(structuredClone(options))).toEqual(options);
  });

  it('cuts even without "dedupe", and does not compress without "compress"', () => {
    expect(planChain([encrypt], find)).toMatchObject({
      chain: { chunker: { type: 'dedupe', options: { chunker: 'fastcdc' } }, codecs: [], standard: true },
    });
  });

  it('with another codec is not standard; with another chunker it is', () => {
    expect(planChain([step('fixed'), step('reverse'), step('compress'), encrypt], find)).toMatchObject({
      chain: { codecs: [{ type: 'reverse', url: 'file:///reverse.js' }, { type: 'compress' }], standard: false },
    });
    const taken: FindTransform = () => ({ plugin: reverse, url: 'file:///compress.js' });
    expect(planChain([step('compress'), encrypt], taken)).toMatchObject({ chain: { standard: false } });
    expect(planChain([step('fixed'), step('compress'), encrypt], find)).toMatchObject({
      chain: { chunker: { type: 'fixed', url: 'file:///fixed.js' }, standard: true },
    });
  });

  it('opens what it names', () => {
    const context = { key: new Uint8Array(32), polynomial: '3da3358b4dc173' };
    const open = (options: unknown): string | undefined => {
      const plugin = find('dedupe')?.plugin;
      return plugin?.open(plugin.options.parse(options), context).id;
    };
    expect([open({}), open({ chunker: 'rabin' })]).toEqual(['fastcdc', 'rabin']);
  });
});

describe('an impossible chain', () => {
  it.each([
    [
      [encrypt, step('compress')],
      ['1: "compress" comes after "encrypt". Move "compress" above "encrypt", which has to be the last step.'],
    ],
    [
      [step('compress'), step('dedupe'), encrypt],
      ['1: "dedupe" comes after "compress". Move "dedupe" up: it has to be the first step.'],
    ],
    [
      [step('dedupe'), step('fixed'), encrypt],
      ['1: "fixed" would cut what "dedupe" has cut already. Keep one of the two.'],
    ],
    [
      [step('compress'), step('compress'), encrypt],
      ['1: "compress" stands here for the second time. Remove one of the two "compress" steps.'],
    ],
    [[encrypt, encrypt], ['1: "encrypt" stands here for the second time. Remove one of the two "encrypt" steps.']],
    [
      [step('dedupe')],
      [
        '1: there is no "encrypt" step, and a repository is always encrypted. Add "- encrypt: { password: { env: TRIPLICATE_PASSWORD } }" as the last step.',
      ],
    ],
    [[step('zstd'), encrypt], ['0: there is no transform "zstd". Write "compress: { algorithm: zstd }".']],
    [
      [step('shrink'), encrypt],
      [
        '0: there is no transform "shrink". Use "dedupe", "compress" or "encrypt", or list the plugin that brings it under "plugins".',
      ],
    ],
    [
      [step('dedupe', { average: '1GiB' }), encrypt],
      ['0.average: write a size from 64KiB to 4MiB, e.g. 1MiB. Correct the options of "dedupe".'],
    ],
    [
      [step('dedupe', { chunker: 'rabin', average: '1MiB' }), encrypt],
      ['0: Unrecognized key: "average". Correct the options of "dedupe".'],
    ],
    [
      [step('dedupe', { chunker: 'x' }), encrypt],
      ['0.chunker: write "fastcdc" or "rabin". Correct the options of "dedupe".'],
    ],
  ])('%# says what is wrong, where, and how to mend it', (steps, problems) => {
    expect(problemsOf(...steps)).toEqual(problems);
  });

  it('tells everything at once, in the order of the steps', () => {
    const told = problemsOf(step('compress', { level: 99 }), step('encrypt', { password: 'hunter2' }), step('dedupe'));
    expect(told.map((text) => text.split(':')[0])).toEqual(['0.level', '1.password', '2']);
    expect(told.join()).not.toContain('hunter2');
  });
});

import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { askDestinations } from '../../src/init/ask-destinations.ts';
import type { Ask } from '../../src/prompt/ask.ts';

it('counts the copies with the original, as the rule does', async () => {
  const asked: string[] = [];
  const ask = {
    choose: () => Promise.resolve('local'),
    text: () => Promise.resolve(tmpdir()),
    tell: () => undefined,
    confirm: (message: string) => {
      asked.push(message);
      return Promise.resolve(message.startsWith('A further copy?') && asked.length < 2);
    },
  } as unknown as Ask;
  const surroundings = { cwd: tmpdir(), home: tmpdir(), env: {}, platform: process.platform };
  const parts = {
    context: { surroundings },
    services: { registry: { list: () => [] } },
    store: { mark: () => () => undefined },
    folders: [],
    check: () => Promise.resolve([]),
  };
  await askDestinations(ask, parts as never);
  expect(asked.filter((message) => message.startsWith('A further copy?'))).toEqual([
    'A further copy? With the original there are 2 now, and three are the rule',
    'A further copy? With the original there are 3 now, and three are the rule',
  ]);
});

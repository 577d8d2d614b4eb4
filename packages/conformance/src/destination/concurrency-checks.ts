import assert from 'node:assert/strict';
import { type Body, collect } from '@triplicate/core';
import { seededBytes } from '@triplicate/core/testing';
import type { DestinationCheck } from './scope.ts';
import { hardBody, keysOf, putBytes } from './tools.ts';

/** How many writers: more than any plugin claims to serve well, so that some of them wait. */
const writers = 20;

const isOneOf = (content: Buffer, all: readonly Buffer[]): boolean => all.some((one) => one.equals(content));

export const concurrencyChecks: readonly DestinationCheck[] = [
  {
    name: 'takes many objects at the same time',
    plain:
      'Objects get lost or mixed up when several are written at the same time. Set "concurrency: 1" for this place and report it.',
    async run({ destination, eventually, random, signal }) {
      const contents = Array.from({ length: writers }, (_, i) => seededBytes(random, 1000 + i * 7000));
      const key = (i: number): string => `data/${i % 4}/${i}`;
      await Promise.all(contents.map((content, i) => destination.put(key(i), hardBody(content, random), { signal })));
      const back = await Promise.all(contents.map((_, i) => collect(destination.get(key(i), { signal }))));
      for (const [i, content] of contents.entries()) assert.ok(back[i]?.equals(content), key(i));
      await eventually(async () => {
        assert.deepEqual(await keysOf(destination, 'data/', signal), contents.map((_, i) => key(i)).toSorted());
      });
    },
  },
  {
    name: 'keeps one whole object when many are written under one name',
    plain:
      'Two writers of one object leave a mixture of both. Do not let two computers use this place at the same time.',
    when: ({ writeOnce }) => writeOnce !== 'refuses',
    async run({ connect, destination, random, signal }) {
      const connections = [destination, await connect()];
      const contents = Array.from({ length: writers }, (_, i) => seededBytes(random, 1000 + i * 7000));
      await Promise.all(
        contents.map((content, i) => putBytes(connections[i % 2] ?? destination, 'data/object', content, signal)),
      );
      const back = await collect(destination.get('data/object', { signal }));
      assert.ok(isOneOf(back, contents), 'the content is none of those that were written');
    },
  },
  {
    name: 'shows a reader the old object or the new one, never a mixture',
    plain: 'A reader can meet an object that is half-written. Do not use this place for backups.',
    when: ({ writeOnce }) => writeOnce !== 'refuses',
    async run({ connect, destination, random, signal }) {
      const reader = await connect();
      const contents = [seededBytes(random, 150_000), seededBytes(random, 90_000)];
      await putBytes(destination, 'data/replaced', contents[0] ?? Buffer.alloc(0), signal);
      let writing = true;
      const write = async (): Promise<void> => {
        for (let round = 1; round <= 10; round += 1) {
          await destination.put('data/replaced', inSmallSteps(contents[round % 2] ?? Buffer.alloc(0)), { signal });
        }
        writing = false;
      };
      const read = async (): Promise<void> => {
        while (writing) {
          const back = await collect(reader.get('data/replaced', { signal }));
          assert.ok(isOneOf(back, contents), `a reader saw ${back.byteLength} bytes that were never written`);
          await new Promise(setImmediate);
        }
      };
      await Promise.all([write().finally(() => (writing = false)), read()]);
    },
  },
  {
    name: 'gives back the connection of a get that was left half-way',
    plain:
      'Reads that are broken off use up the connections of the plugin until nothing works any more. This is a fault of the plugin.',
    async run({ destination, random, signal }) {
      await putBytes(destination, 'data/object', seededBytes(random, 600_000), signal);
      for (let i = 0; i < destination.capabilities.maxConcurrency + 4; i += 1) {
        for await (const _ of destination.get('data/object', { signal })) break;
      }
      assert.equal((await collect(destination.get('data/object', { signal }))).byteLength, 600_000);
    },
  },
];

const inSmallSteps = (content: Buffer): Body => ({
  size: content.byteLength,
  async *open() {
    for (let at = 0; at < content.byteLength; at += 30_000) {
      await new Promise(setImmediate);
      yield content.subarray(at, at + 30_000);
    }
  },
});

import { expect, it } from 'vitest';
import { encodeLock } from '../../src/repository/lock-file.ts';
import { lockKey } from '../../src/repository/layout.ts';
import { objectId } from '../../src/repository/unpacked.ts';
import { FaultyDestination, MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { Session } from '../../src/run/session.ts';
import { freezeTime } from '../kit/frozen-time.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

interface Call {
  readonly verb: string;
  readonly key: string;
}

const files = new Map([1, 2, 3].map((seed) => [`file${seed}`, seededBytes(seed, 300_000)]));

const clock = freezeTime();

const pipelineOn = (store: MemoryStore, hook: (call: Call) => void) =>
  testPipeline({
    sources: { files: () => mapSource(() => files) },
    destinations: { a: () => new FaultyDestination(new MemoryDestination({ store }), [], { hook }) },
    packBytes: 256 * 1024,
    clock,
  });

const isLock = ({ key }: Call): boolean => key.startsWith('locks/');

it('reads while its lock settles, and writes nothing before', async () => {
  const store: MemoryStore = new Map();
  await init(pipelineOn(store, () => undefined).pipeline);
  const calls: Call[] = [];
  await run(pipelineOn(store, (call) => calls.push(call)).pipeline);
  const put = calls.findIndex((call) => call.verb === 'put' && isLock(call));
  const second = calls.findIndex((call, i) => i > put && call.verb === 'list' && isLock(call));
  const between = calls.slice(put + 1, second);
  expect(between.map(({ verb }) => verb)).toContain('list');
  expect(between.filter(({ verb }) => verb === 'put' || verb === 'delete')).toEqual([]);
  expect(calls.slice(second).filter((call) => call.verb === 'put' && !isLock(call)).length).toBeGreaterThan(2);
});

it('stores nothing, and lets go, when another locked alone at the same moment', async () => {
  const store: MemoryStore = new Map();
  const { pipeline } = pipelineOn(store, () => undefined);
  await init(pipeline);
  await using session = await Session.open(pipeline, { lock: 'read' });
  const [replica] = session.replicas;
  if (!replica) throw new TypeError('no replica');
  const before = [...store.keys()].toSorted();
  const time = new Date().toISOString();
  const content = encodeLock(replica.masterKey, {
    time,
    exclusive: true,
    hostname: 'server',
    username: 'bert',
    pid: 77,
  });
  const other = lockKey(objectId(content));
  const hook = (call: Call): void => {
    if (call.verb === 'put' && isLock(call)) store.set(other, { content, modified: new Date(), listedFrom: 0 });
  };
  const { outcomes } = await run(pipelineOn(store, hook).pipeline);
  expect(outcomes).toMatchObject([{ status: 'failed', error: { code: 'LOCKED' } }]);
  expect([...store.keys()].toSorted()).toEqual([...before, other].toSorted());
});

import {
  BackupError,
  defaultRetryPolicy,
  type Destination,
  ForwardingDestination,
  GatedDestination,
  LimitedDestination,
  type Log,
  LoggedDestination,
  PrefixedDestination,
  RetryingDestination,
  systemClock,
  ThrottledDestination,
  wrapDestination,
} from '@triplicate/core';
import {
  FaultyDestination,
  MemoryDestination,
  type MemoryStore,
  seededInteger,
  seededRandom,
} from '@triplicate/core/testing';
import { describe, it } from 'vitest';
import { testDestination } from '../../src/index.ts';

const clock = systemClock;
const seed = Date.now() % 2 ** 31;
const random = seededRandom(seed);
const log: Log = { debug() {}, info() {}, warn() {} };
const quick = { firstDelayMs: 1, longestDelayMs: 20, patienceMs: 20_000, downAfterFailures: 1000 };
const policy = { ...defaultRetryPolicy, ...quick };
const fast = { up: 2 ** 30, down: 2 ** 30 };

const test = (name: string, wrap: (inner: Destination) => Destination, longestKey = 200): void => {
  const store: MemoryStore = new Map();
  testDestination({ describe, it }, name, async () => wrap(new MemoryDestination({ store, keepMs: 1000 })), {
    longestKey,
    seed,
  });
};

class PlainForwarding extends ForwardingDestination {}

test('a forwarding destination', (inner) => new PlainForwarding(inner));
test('a prefixed destination', (inner) => new PrefixedDestination(inner, 'some/where'), 200 - 'some/where/'.length);
test('a gated destination', (inner) => new GatedDestination(inner));
test('a limited destination', (inner) => new LimitedDestination(inner, 1));
test('a throttled destination', (inner) => new ThrottledDestination(inner, { bandwidth: fast, clock }));
test('a logged destination', (inner) => new LoggedDestination(inner, { log, clock }));
test('a retrying destination', (inner) => new RetryingDestination(inner, { policy, clock, random }));
test('a faulty destination that is told nothing', (inner) => new FaultyDestination(inner));

const stack = { prefix: 'p', concurrency: 3, bandwidth: fast, log, retry: quick, clock, random };
test('the whole stack', (inner) => wrapDestination(inner, stack), 198);

const error = new BackupError('RATE_LIMITED', 'the provider wants us to slow down', { retryAfterMs: 2 });
const sometimes = (share: number) => (): boolean => random() < share;

/** One call in four goes wrong: refused before it has an effect, with its answer lost, or cut off in the middle. */
const unsteady = (inner: Destination): Destination =>
  new FaultyDestination(inner, [
    { failOn: ['put', 'get', 'stat', 'list', 'delete'], times: Infinity, only: sometimes(0.1) },
    { failOn: ['put', 'stat', 'delete'], times: Infinity, afterEffect: true, only: sometimes(0.1) },
    { failOn: 'put', times: Infinity, cutAfter: seededInteger(random, 1, 90_000), only: sometimes(0.1) },
    // A get that goes on while its object is replaced may join two objects: `RetryingDestination` says so.
    {
      failOn: 'get',
      times: Infinity,
      cutAfter: seededInteger(random, 1, 90_000),
      only: ({ key }) => !key.endsWith('/replaced') && random() < 0.1,
    },
    { failOn: 'list', times: Infinity, cutAfter: seededInteger(random, 0, 30), only: sometimes(0.2) },
    { failOn: ['put', 'get', 'stat'], times: Infinity, error, only: sometimes(0.05) },
  ]);
test('the whole stack over an unsteady place', (inner) => wrapDestination(unsteady(inner), stack), 198);

import { BackupError, type Destination } from '@triplicate/core';
import { FaultyDestination, MemoryDestination, type MemoryStore } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { type CheckResult, destinationChecks, runChecks } from '../../src/index.ts';

const setUp = (capabilities = {}) => {
  const store: MemoryStore = new Map();
  const results: CheckResult[] = [];
  const open = async (): Promise<Destination> => new MemoryDestination({ store, capabilities });
  const onResult = (result: CheckResult): void => void results.push(result);
  return { store, results, open, onResult };
};

describe('a person who proves an account', () => {
  it('hears of each check in order, without the heavy ones, and finds nothing left behind', async () => {
    const { onResult, open, results, store } = setUp();
    const signal = new AbortController().signal;
    const report = await runChecks(destinationChecks, open, { signal, onResult });
    expect(results.map(({ check }) => check)).toEqual(destinationChecks);
    expect(report).toMatchObject({ failed: 0, left: 0 });
    expect(report.passed).toBeGreaterThan(40);
    expect(report.passed + report.skipped).toBe(destinationChecks.length);
    expect(store.size).toBe(0);
  });

  it('leaves everything else in the place alone', async () => {
    const { onResult, open, store } = setUp();
    const signal = new AbortController().signal;
    await using destination = await open();
    await destination.put('config', { size: 0, open: async function* () {} }, { signal });
    await runChecks(destinationChecks, open, { signal, onResult });
    expect([...store.keys()]).toEqual(['config']);
  });

  it('hears how many objects could not be deleted again', async () => {
    const { onResult, open, store } = setUp({ canDelete: false });
    const report = await runChecks(destinationChecks, open, { signal: new AbortController().signal, onResult });
    expect(report.failed).toBe(0);
    expect(report.left).toBe(store.size);
    expect([...store.keys()].every((key) => key.startsWith(`${report.folder}/`))).toBe(true);
  });

  it('hears of a failure with words for people, and the next check runs', async () => {
    const { onResult, results, store } = setUp();
    const open = async (): Promise<Destination> =>
      new FaultyDestination(new MemoryDestination({ store }), { failOn: 'get', corrupt: 0, times: Infinity });
    const report = await runChecks(destinationChecks, open, { signal: new AbortController().signal, onResult });
    expect(results).toHaveLength(destinationChecks.length);
    expect(report.failed).toBeGreaterThan(3);
    const failed = results.find(({ status }) => status === 'failed');
    expect(failed?.check.plain).toContain('Do not use this place');
    expect(store.size).toBe(0);
  });

  it('hears of one thing that is not allowed once, where that is wanted, and not of a cleaning that fails', async () => {
    const { onResult, results, store } = setUp();
    const error = new BackupError('AUTH', 'it is not allowed', { hint: 'Allow it.' });
    const open = async (): Promise<Destination> =>
      new FaultyDestination(new MemoryDestination({ store }), { failOn: ['put', 'list'], error, times: Infinity });
    const report = await runChecks(destinationChecks, open, {
      signal: new AbortController().signal,
      onResult,
      endAfter: ({ status }) => status === 'failed',
    });
    expect(report).toMatchObject({ failed: 1, left: undefined });
    expect(results.at(-1)).toMatchObject({ status: 'failed', error: { code: 'AUTH', hint: 'Allow it.' } });
  });

  it('can stop it, and it still cleans up', async () => {
    const { open, store } = setUp();
    const controller = new AbortController();
    let seen = 0;
    const onResult = (): void => {
      if ((seen += 1) === 6) controller.abort();
    };
    await expect(runChecks(destinationChecks, open, { signal: controller.signal, onResult })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(seen).toBe(6);
    expect(store.size).toBe(0);
  });

  it('meets sentences only', () => {
    for (const { name, plain } of destinationChecks) {
      expect(name).toMatch(/^[a-z].*[^.]$/);
      expect(plain).toMatch(/^[A-Z].*\.$/);
    }
    expect(new Set(destinationChecks.map(({ name }) => name)).size).toBe(destinationChecks.length);
  });
});

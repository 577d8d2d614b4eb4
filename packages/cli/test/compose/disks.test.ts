import type { DestinationConfig } from '@triplicate/core';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { diskOfDestination, disksOfSource } from '../../src/compose/disks.ts';

const base = { directory: tmpdir(), home: tmpdir(), diskPatienceMs: 20 };
const folder = { name: 'disk', type: 'local', options: { path: '.' }, common: {} } as unknown as DestinationConfig;

it('tells the disk of a folder', async () => {
  expect(await diskOfDestination(folder, { ...base, diskPatienceMs: 5000 })).toMatch(/^\d+$/);
});

it('does not wait for a mount that does not answer', { timeout: 30_000 }, async () => {
  const silent = { ...base, statOf: () => new Promise<never>(() => undefined) };
  expect(await diskOfDestination(folder, silent)).toBeUndefined();
  expect(
    await disksOfSource({ name: 's', type: 'files', options: { paths: ['.'] }, tags: [] } as never, silent),
  ).toEqual([]);
});

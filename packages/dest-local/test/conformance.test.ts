import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDestination } from '@triplicate/conformance';
import { systemClock } from '@triplicate/core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { openLocal } from '../src/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplicate-local-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

testDestination({ describe, it }, 'local', () => openLocal({ path: join(folder, 'backup'), clock: systemClock }));

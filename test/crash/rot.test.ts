import { join } from 'node:path';
import { temporaryFolder } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { complaints } from '../kit/restic.ts';
import { destinations } from './scenario.ts';
import { rot } from './rot.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);

it(`finds all rot within the period of the verification, and heals it (seed ${seed})`, async () => {
  await using folder = await temporaryFolder();
  const report = await rot(folder.path, 24, seed);
  expect(report.wrong).toEqual([]);
  expect(report.undetected).toEqual([]);
  expect(report.found).toBeGreaterThanOrEqual(24);
  expect(report.healed).toBe(report.found);
  const homes = destinations.map((name) => join(folder.path, name));
  expect(await complaints(homes, ['check', '--read-data'])).toEqual([]);
}, 240_000);

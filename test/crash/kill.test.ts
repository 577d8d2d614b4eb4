import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restics } from '../kit/restic.ts';
import { cleanRun, killOnce } from './kill.ts';
import type { KillAt } from './killing-destination.ts';
import { createScenarios, type Scenario, type ScenarioName } from './scenario.ts';

/** A few out of many; `npm run campaign -- kills 100` spreads a hundred over every operation. */
const kills: readonly (KillAt & { readonly scenario: ScenarioName; readonly measured?: true })[] = [
  { scenario: 'backup', operation: 9, where: 'before', only: 'put data', measured: true },
  { scenario: 'backup', operation: 2, where: 'middle', only: 'put index' },
  { scenario: 'backup', operation: 3, where: 'middle', only: 'put snapshots' },
  { scenario: 'sync', operation: 6, where: 'middle', only: 'put data' },
  { scenario: 'heal', operation: 2, where: 'middle', only: 'put data' },
  { scenario: 'prune', operation: 2, where: 'middle', only: 'put data' },
  { scenario: 'prune', operation: 1, where: 'before', only: 'delete data' },
  { scenario: 'salvage', operation: 1, where: 'before', only: 'delete index' },
];

const [judge] = restics;

describe('a process that is killed', () => {
  let folder: TemporaryFolder;
  let scenarios: readonly Scenario[];

  beforeAll(async () => {
    folder = await temporaryFolder();
    scenarios = await createScenarios(folder.path, [...new Set(kills.map(({ scenario }) => scenario))]);
  }, 180_000);

  afterAll(() => folder[Symbol.asyncDispose]());

  it.each(kills)(
    'leaves sound replicas: $scenario, $where $only number $operation',
    async ({ scenario: name, measured, ...kill }) => {
      const scenario = scenarios.find((candidate) => candidate.name === name);
      if (!scenario) throw new TypeError(name);
      const report = await killOnce(scenario, kill, {
        ...(measured ? { clean: await cleanRun(scenario) } : {}),
        judges: judge ? [judge] : [],
      });
      expect(report.child.killed).toBe(kill.only);
      expect(report.wrong).toEqual([]);
    },
    180_000,
  );
});

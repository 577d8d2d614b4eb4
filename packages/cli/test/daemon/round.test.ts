import { Catalog } from '@triplicate/core';
import { FakeClock } from '@triplicate/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { roundOf } from '../../src/daemon/round.ts';

const hour = 3_600_000;
const day = 24 * hour;

let clock: FakeClock;
let catalog: Catalog;

beforeEach(() => {
  clock = new FakeClock('2026-03-01T00:00:00Z');
  catalog = new Catalog(':memory:');
});

const commands = (): string[] => {
  const own = { verify: { proof: 'monthly' }, destinations: [{ name: 'a', retain: { last: 3 } }, { name: 'b' }] };
  return roundOf(own as unknown as Parameters<typeof roundOf>[0], { catalog, clock }).map((words) => words.join(' '));
};

const ran = (command: string, agoMs: number): void => {
  const started = clock.now().getTime() - agoMs;
  catalog.addRun({ pipeline: 'main', command, started, ended: started, ending: 'success', text: '', report: {} });
};

const proved = (destination: string, agoMs: number, passed: boolean): void =>
  catalog.addProof({ destination, at: clock.now().getTime() - agoMs, passed, files: 1, bytes: 1, problems: [] });

describe('a round', () => {
  it('prunes once a week, however many runs there were since', () => {
    ran('prune', 2 * day);
    for (let i = 0; i < 1500; i += 1) ran('backup', day);
    expect(commands()).not.toContain('prune');
    clock.set(new Date(clock.now().getTime() + 6 * day));
    expect(commands()).toContain('prune');
  });

  it('tests again what did not restore, and not before its time what did', () => {
    proved('a', hour, true);
    proved('b', hour, false);
    expect(commands()).toContain('proof b');
    proved('b', 0, true);
    expect(commands().some((command) => command.startsWith('proof'))).toBe(false);
  });
});

import {
  BackupError,
  bytesFromText,
  errorCodes,
  type BackupReport,
  type CheckResult,
  type Outcome,
  type SourceReport,
} from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import {
  exitCodeOfBackup,
  exitCodeOfError,
  exitCodeOfOutcomes,
  exitCodeOfResults,
  exitCodeWords,
  exitCodes,
} from '../src/exit-codes.ts';

describe('the exit code of an error', () => {
  it('is one of the table, whatever the error', () => {
    expect(Object.fromEntries(errorCodes.map((code) => [code, exitCodeOfError({ code })]))).toEqual({
      ABORTED: 130,
      ALREADY_EXISTS: 1,
      AUTH: 1,
      CONFIG_INVALID: 2,
      CORRUPT: 1,
      INVALID_RANGE: 1,
      IO: 1,
      LOCKED: 11,
      MASS_CHANGE: 1,
      NOT_FOUND: 1,
      NO_REPOSITORY: 10,
      PLUGIN_INVALID: 2,
      QUORUM_MISSED: 4,
      QUOTA_EXCEEDED: 1,
      RATE_LIMITED: 1,
      READ_ONLY: 1,
      UNAVAILABLE: 1,
      UNREADABLE: 1,
      UNSUPPORTED: 1,
      USAGE: 2,
      WRONG_PASSWORD: 12,
      WRONG_REPOSITORY: 1,
    });
  });

  it('has words for each code', () => {
    expect(Object.keys(exitCodeWords).map(Number)).toEqual(Object.values(exitCodes).toSorted((a, b) => a - b));
  });
});

const down = new BackupError('UNAVAILABLE', 'no answer');
const counts = {} as NonNullable<SourceReport['captured']>['counts'];
const captured = (unreadable: number): NonNullable<SourceReport['captured']> => ({
  tree: '',
  counts,
  incomplete: undefined,
  unreadable: Array.from({ length: unreadable }, () => ({ path: bytesFromText('a'), error: down })),
});

const report = (
  statuses: readonly Outcome['status'][],
  { unreadable = 0, error }: { readonly unreadable?: number; readonly error?: BackupError } = {},
): BackupReport => ({
  sources: [
    error ? { source: 'docs', error } : { source: 'docs', snapshot: 'a'.repeat(64), captured: captured(unreadable) },
  ],
  outcomes: statuses.map((status, i) => ({ source: 'docs', destination: `d${i}`, status })),
  quorumHeld: statuses.filter((status) => status === 'stored').length >= 2,
});

describe('the exit code of a backup', () => {
  const of = (given: BackupReport, waited = true): number => exitCodeOfBackup(given, 2, { waited });

  it.each<[readonly Outcome['status'][], number]>([
    [['stored', 'stored', 'stored'], 0],
    [['stored', 'stored', 'skipped'], 0],
    [['stored', 'stored', 'failed'], 3],
    [['stored', 'stored', 'locked'], 3],
    [['stored', 'stored', 'behind'], 3],
    [['stored', 'failed', 'skipped'], 4],
    [['stored', 'skipped', 'skipped'], 4],
    [['stored', 'locked', 'failed'], 11],
    [['failed', 'locked', 'failed'], 4],
  ])('with %j is %i', (statuses, code) => {
    expect(of(report(statuses))).toBe(code);
  });

  it('is 0 for a destination that is behind when nobody asked to wait for it', () => {
    expect(of(report(['stored', 'stored', 'behind']), false)).toBe(0);
  });

  it('is 3 when a file could not be read', () => {
    expect(of(report(['stored', 'stored'], { unreadable: 1 }))).toBe(3);
    const alarmed = report(['stored', 'stored']);
    const alarm = new BackupError('MASS_CHANGE', 'it changed as if it had been destroyed');
    expect(of({ ...alarmed, sources: alarmed.sources.map((source) => ({ ...source, alarm })) })).toBe(3);
  });

  it('is 1 when a source could not be read, 4 when its destinations were lost, 130 when it was interrupted', () => {
    expect(of(report(['failed', 'failed'], { error: new BackupError('NOT_FOUND', 'no such folder') }))).toBe(1);
    expect(of(report(['failed', 'failed'], { error: down.with({ destination: 'd0' }) }))).toBe(4);
    expect(of(report(['failed', 'failed'], { error: new BackupError('ABORTED', 'interrupted') }))).toBe(130);
  });
});

describe('the exit code of work on several destinations', () => {
  const result = (status: CheckResult['status'], error?: BackupError): CheckResult => ({
    destination: 'd',
    status,
    errors: [],
    snapshots: 0,
    packs: 0,
    packsRead: 0,
    bytesRead: 0,
    unused: 0,
    lost: [],
    ...(error ? { error } : {}),
  });

  it.each<[readonly CheckResult[], number]>([
    [[result('whole'), result('skipped')], 0],
    [[result('whole'), result('damaged')], 1],
    [[result('whole'), result('failed', down)], 3],
    [[result('whole'), { ...result('whole'), lost: ['1f'] }], 3],
    [[result('failed', down), result('damaged')], 1],
    [[result('locked', new BackupError('LOCKED', 'in use'))], 11],
    [[result('failed', down)], 1],
  ])('%#: %j', (results, code) => {
    expect(exitCodeOfResults(results)).toBe(code);
  });

  it('is partial when a change was made on some of them', () => {
    expect(exitCodeOfOutcomes([{}, { error: down }])).toBe(3);
    expect(exitCodeOfOutcomes([{ error: down }])).toBe(1);
    expect(exitCodeOfOutcomes([{}])).toBe(0);
  });
});

import { BackupError, type BackupReport, type Outcome } from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { createStyle } from '../../src/output/style.ts';
import { formatBackup } from '../../src/render/backup.ts';

const counts = {
  filesNew: 0,
  filesChanged: 0,
  filesEmptied: 0,
  filesUnmodified: 5,
  dirsNew: 0,
  dirsChanged: 0,
  dirsUnmodified: 1,
  dataBlobs: 0,
  treeBlobs: 0,
  dataAdded: 0,
  dataAddedPacked: 0,
  totalFiles: 5,
  totalBytes: 100,
  unreadable: 0,
};

const behind = (error: BackupError): string[] => {
  const missing = { packs: 2, bytes: 3 * 2 ** 20 };
  const outcome: Outcome = { source: 'docs', destination: 'b', status: 'behind', missing, error };
  const captured = { tree: '', counts, incomplete: undefined, unreadable: [] };
  const report: BackupReport = {
    sources: [{ source: 'docs', snapshot: 'f3ab22ad', captured }],
    outcomes: [outcome],
    quorumHeld: true,
  };
  const details = { pipeline: { name: 'docs', quorum: 0 }, dryRun: false, durationMs: 1000 };
  return formatBackup(report, details, createStyle(false))
    .split('\n')
    .slice(3, -1)
    .map((line) => line.trim());
};

describe('a destination that is behind', () => {
  it('says why it cannot catch up, and that a sync comes after that is mended', () => {
    const full = new BackupError('QUOTA_EXCEEDED', `cannot write "data/98/98${'a'.repeat(62)}" to /b: no space left`, {
      hint: 'Make room there.',
    });
    expect(behind(full)).toEqual([
      'b is behind by 2 packs, 3.00 MiB: cannot write "data/98/98aaaaaa…" to /b: no space left',
      'hint: make room there; then run `triplicate sync b`',
    ]);
  });

  it('says no more than that where nothing stands in its way', () => {
    const late = new BackupError('UNAVAILABLE', 'behind by 2 packs', { context: { behind: true } });
    expect(behind(late)).toEqual(['b is behind by 2 packs, 3.00 MiB', 'hint: run `triplicate sync b`']);
  });
});

it('asks a dry run for no quorum, which stores nothing', () => {
  const captured = { tree: '', counts, incomplete: undefined, unreadable: [] };
  const report: BackupReport = { sources: [{ source: 'docs', captured }], outcomes: [], quorumHeld: true };
  const text = formatBackup(
    report,
    { pipeline: { name: 'docs', quorum: 1 }, dryRun: true, durationMs: 1000 },
    createStyle(false),
  );
  expect(text).not.toContain('quorum');
});

import { describe, expect, it } from 'vitest';
import { backupError } from '../src/backup/error-codes.ts';

const told = (errorCode: number, request: 'Backup' | 'Restore'): string => {
  const { message, hint } = backupError(errorCode, 'Annas iPhone', { request, description: undefined });
  return `${message}; ${hint}`;
};

describe('what an ErrorCode of the phone becomes', () => {
  it.each([1, 100, 102, 103, 104, 105, 205, 207, 208, 212])('speaks of backups in a backup, for %i', (errorCode) => {
    expect(told(errorCode, 'Backup')).toContain('Annas iPhone');
    expect(told(errorCode, 'Backup')).not.toMatch(/restore|--from|another snapshot|older than/);
  });

  it('says how a restore may go on', () => {
    expect(told(1, 'Restore')).toContain('not older than the backup');
    expect(told(103, 'Restore')).toContain('another snapshot');
    expect(told(205, 'Restore')).toContain('--from');
  });
});

import { describe, expect, it } from 'vitest';
import {
  goMode,
  goModeFromStat,
  permissionsOf,
  statModeFromGo,
  typeOfGoMode,
  typeOfStat,
} from '../../src/repository/mode.ts';

/** st_mode, the kind of entry, and what Go makes of it (`os.FileMode`). */
const modes = [
  [0o100644, 'file', 0o644],
  [0o104755, 'file', 0o755 + 2 ** 23],
  [0o102755, 'file', 0o755 + 2 ** 22],
  [0o040755, 'dir', 0o755 + 2 ** 31],
  [0o041777, 'dir', 0o777 + 2 ** 31 + 2 ** 20],
  [0o120777, 'symlink', 0o777 + 2 ** 27],
  [0o060660, 'dev', 0o660 + 2 ** 26],
  [0o020620, 'chardev', 0o620 + 2 ** 26 + 2 ** 21],
  [0o010644, 'fifo', 0o644 + 2 ** 25],
  [0o140755, 'socket', 0o755 + 2 ** 24],
  [0o107777, 'file', 0o777 + 2 ** 23 + 2 ** 22 + 2 ** 20],
] as const;

describe('modes', () => {
  it.each(modes)('%o of a %s', (stat, type, go) => {
    expect(goModeFromStat(stat)).toBe(go);
    expect(typeOfStat(stat)).toBe(type);
    expect(typeOfGoMode(go)).toBe(type);
    expect(goMode(type, stat & 0o7777)).toBe(go);
    expect(permissionsOf(go)).toBe(stat & 0o7777);
    expect(statModeFromGo(type, go)).toBe(stat);
  });

  it('of a kind that restic has no word for are none', () => {
    expect(goModeFromStat(0o160000)).toBeUndefined();
    expect(typeOfGoMode(2 ** 19)).toBeUndefined();
  });
});

import type { CliSurroundings } from '../surroundings.ts';

/** Whether the terminal shows blocks and ticks, as far as it says. */
export const showsUnicode = ({ env, platform }: Pick<CliSurroundings, 'env' | 'platform'>): boolean => {
  if (platform === 'win32') return env['WT_SESSION'] !== undefined || env['TERM_PROGRAM'] !== undefined;
  if (env['TERM'] === 'linux' || env['TERM'] === 'dumb') return false;
  if (platform === 'darwin') return true;
  return /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '');
};

import { execFileSync } from 'node:child_process';
import { execPath } from 'node:process';
import { describe, expect, it } from 'vitest';
import { foldersOf } from '../../src/config/folders.ts';
import { surroundingsIn } from './surroundings.ts';

const linux = (env: Record<string, string> = {}) => surroundingsIn('/home/anna', { platform: 'linux', env });

describe('the folders of the platform', () => {
  it('are those of the XDG base directories on Linux', () => {
    expect(foldersOf(linux())).toEqual({
      config: '/home/anna/.config/triplicate',
      state: '/home/anna/.local/state/triplicate',
      cache: '/home/anna/.cache/triplicate',
    });
    const moved = linux({ XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_CACHE_HOME: '' });
    expect(foldersOf(moved)).toEqual({
      config: '/c/triplicate',
      state: '/s/triplicate',
      cache: '/home/anna/.cache/triplicate',
    });
  });

  it('are in the Library on macOS', () => {
    expect(foldersOf(surroundingsIn('/Users/anna', { platform: 'darwin' }))).toEqual({
      config: '/Users/anna/Library/Preferences/triplicate',
      state: '/Users/anna/Library/Application Support/triplicate',
      cache: '/Users/anna/Library/Caches/triplicate',
    });
  });

  it('are in AppData on Windows', () => {
    const env = { APPDATA: 'D:\\Roaming' };
    expect(foldersOf(surroundingsIn('C:\\Users\\anna', { platform: 'win32', env }))).toEqual({
      config: 'D:\\Roaming\\triplicate\\Config',
      state: 'C:\\Users\\anna\\AppData\\Local\\triplicate\\Data',
      cache: 'C:\\Users\\anna\\AppData\\Local\\triplicate\\Cache',
    });
  });

  it('are overridden by our own variables, which count from the working folder', () => {
    const env = { TRIPLICATE_STATE_DIR: 'state', TRIPLICATE_CACHE_DIR: '/cache' };
    expect(foldersOf(linux(env))).toMatchObject({ state: '/home/anna/state', cache: '/cache' });
  });

  it('agree with env-paths, which reads the process by itself', () => {
    const program = `const { default: paths } = await import('env-paths');
      const { config, cache } = paths('triplicate', { suffix: '' });
      console.log(JSON.stringify({ config, cache }));`;
    const env = { HOME: '/home/anna', XDG_CONFIG_HOME: '/somewhere', USERPROFILE: '/home/anna' };
    const printed = execFileSync(execPath, ['--input-type=module', '-e', program], {
      env,
      encoding: 'utf8',
      cwd: import.meta.dirname,
    });
    expect(foldersOf(surroundingsIn('/home/anna', { env }))).toMatchObject(JSON.parse(printed) as object);
  });
});

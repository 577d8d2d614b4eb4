import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { readVersion } from '../src/version.ts';

const script = `
import { getCompileCacheDir } from 'node:module';
import { keepCompiledCode } from ${JSON.stringify(join(import.meta.dirname, '../src/code-cache.ts'))};
keepCompiledCode('backup');
console.log(getCompileCacheDir() ?? 'none');
`;

/** The folder in which Node keeps compiled code, in a process with this cache folder. */
const keptIn = (cache: string): string => {
  const args = ['--conditions=@triplicate/source', '--no-warnings', '--input-type=module', '-e', script];
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  return execFileSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...env, TRIPLICATE_CACHE_DIR: cache },
  }).trim();
};

describe.skipIf(platform() === 'win32')('compiled code (not on Windows, where a folder of a user is closed)', () => {
  const version = readVersion();

  it('is kept in a folder that is ours alone, and that of another version goes', async () => {
    await using temporary = await temporaryFolder();
    const cache = join(temporary.path, 'cache');
    mkdirSync(join(cache, 'code/0.0.0'), { recursive: true });
    writeFileSync(join(cache, 'code/0.0.0/file'), '');
    expect(keptIn(cache)).toContain(join(cache, 'code', version));
    expect(lstatSync(join(cache, 'code', version)).mode & 0o777).toBe(0o700);
    expect(existsSync(join(cache, 'code/0.0.0'))).toBe(false);
    expect(keptIn(cache)).toContain(join(cache, 'code', version));
  });

  it('is not taken from where others can write, or from elsewhere', async () => {
    await using temporary = await temporaryFolder();
    const open = join(temporary.path, 'open');
    mkdirSync(join(open, 'code', version), { recursive: true });
    chmodSync(join(open, 'code', version), 0o777);
    expect(keptIn(open)).toBe('none');
    const linked = join(temporary.path, 'linked');
    mkdirSync(join(linked, 'code'), { recursive: true });
    symlinkSync(join(temporary.path, 'open'), join(linked, 'code', version));
    expect(keptIn(linked)).toBe('none');
    writeFileSync(join(temporary.path, 'file'), '');
    expect(keptIn(join(temporary.path, 'file'))).toBe('none');
  });
});

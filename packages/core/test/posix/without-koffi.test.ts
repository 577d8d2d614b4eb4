import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { newMasterKey, seal } from '../../src/repository/crypto.ts';
import { temporaryFolder } from './temporary.ts';

const source = (path: string): string => pathToFileURL(fileURLToPath(new URL(`../../${path}`, import.meta.url))).href;

const withoutKoffi = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'koffi') throw Object.assign(new Error('not installed'), { code: 'MODULE_NOT_FOUND' });
      return next(specifier, context);
    },
  });
`;

const evaluate = (script: string): string =>
  execFileSync(process.execPath, ['--input-type=module', '--eval', withoutKoffi + script], { encoding: 'utf8' });

/** Restores a small tree, and prints what is known of limits. */
const script = (root: string): string => `
  const { posixLimits } = await import(${JSON.stringify(source('src/posix/limits.ts'))});
  const { userName } = await import(${JSON.stringify(source('src/posix/owners.ts'))});
  const { readXattrs } = await import(${JSON.stringify(source('src/posix/xattr.ts'))});
  const { restoreToFolder } = await import(${JSON.stringify(source('src/restore/restore.ts'))});
  const { MemorySnapshot, file, folder, link } = await import(${JSON.stringify(source('test/restore/memory-snapshot.ts'))});
  const twin = { links: 2n, inode: 1n };
  const spec = {
    a: folder({ 'é': file('text', { ...twin, mode: 0o640 }), l: link('é') }, { mode: 2 ** 31 + 0o750 }),
    b: file('text', twin),
    pipe: { special: 'fifo' },
    way: folder({ in: file('1') }),
  };
  const signal = new AbortController().signal;
  const report = await restoreToFolder(new MemorySnapshot(spec), ${JSON.stringify(root)}, { signal, delete: true, verify: true });
  const again = await restoreToFolder(new MemorySnapshot(spec), ${JSON.stringify(root)}, { signal, overwrite: 'if-changed' });
  console.log(JSON.stringify({
    limits: posixLimits(), saving: posixLimits('saving'), user: userName(0) ?? null, xattrs: readXattrs('/') ?? null,
    problems: report.problems.map(({ path, error }) => path + ': ' + error.code), skipped: again.skipped, deleted: report.deleted,
  }));
`;

describe('without koffi', () => {
  it('a tree is restored with what node:fs can do, and what is lost is said', () => {
    using temporary = temporaryFolder();
    const root = temporary.at('root');
    mkdirSync(temporary.at('outside'));
    mkdirSync(`${root}/foreign`, { recursive: true });
    writeFileSync(`${root}/foreign/x`, '');
    symlinkSync('../outside', `${root}/way`);
    const told = JSON.parse(evaluate(script(root))) as Record<string, unknown>;
    expect(told).toMatchObject({ user: null, xattrs: null, problems: ['pipe: UNSUPPORTED'], skipped: 3, deleted: 2 });
    expect(told['limits']).toContain('times are restored to the microsecond, not to the nanosecond');
    expect(told['saving']).toEqual(['extended attributes are not saved', 'names of users and groups are not saved']);
    expect(readFileSync(`${root}/b`, 'utf8')).toBe('text');
    expect(lstatSync(`${root}/b`).ino).toBe(lstatSync(`${root}/a/é`).ino);
    expect(readlinkSync(`${root}/a/l`)).toBe('é');
    expect([lstatSync(`${root}/a`).mode & 0o7777, lstatSync(`${root}/a/é`).mode & 0o7777]).toEqual([0o750, 0o640]);
    expect(lstatSync(`${root}/a/é`, { bigint: true }).mtimeNs / 1000n).toBe(1_577_934_245_123_456n);
    expect(lstatSync(`${root}/way`).isDirectory()).toBe(true);
    expect(readFileSync(`${root}/way/in`, 'utf8')).toBe('1');
  });

  it('blobs are opened that were sealed with it', () => {
    const key = newMasterKey();
    const sealed = seal(key, Buffer.from('by OpenSSL')).toString('base64');
    const { encrypt, macK, macR } = key;
    const parts = Object.entries({ encrypt, macK, macR }).map(([name, bytes]) => [name, bytes.toString('base64')]);
    const output = evaluate(`
      const { unseal } = await import(${JSON.stringify(source('src/repository/crypto.ts'))});
      const key = ${JSON.stringify(Object.fromEntries(parts))};
      for (const name of Object.keys(key)) key[name] = Buffer.from(key[name], 'base64');
      process.stdout.write(unseal(key, Buffer.from('${sealed}', 'base64')));
    `);
    expect(output).toBe('by OpenSSL');
  });
});

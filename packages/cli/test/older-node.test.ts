import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '@triplicate/core/testing';

const bin = join(import.meta.dirname, '../bin');

/** Another Node of this machine that is too old for the program, if there is one outside of `node_modules`. */
const olderNode = (): string | undefined => {
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  for (const folder of path) {
    const { stdout } = spawnSync(join(folder, 'node'), ['--version'], { encoding: 'utf8' });
    if (stdout && Number.parseInt(stdout.slice(1), 10) < 24) return join(folder, 'node');
  }
  return undefined;
};

const old = olderNode();

describe.skipIf(old === undefined)('a Node that is too old (needs one on this machine)', () => {
  it('hands over to the one that the package brings, and ends as that ends', () => {
    const run = (...args: string[]): ReturnType<typeof spawnSync> =>
      spawnSync(old ?? '', [join(bin, 'triplicate.js'), ...args], { encoding: 'utf8' });
    expect(run('--version')).toMatchObject({ status: 0, stderr: '' });
    expect(run('no-such-command')).toMatchObject({ status: 2 });
  });

  it('says what it needs where there is no other', async () => {
    await using folder = await temporaryFolder();
    cpSync(bin, folder.path, { recursive: true });
    writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}');
    const { status, stderr } = spawnSync(old ?? '', [join(folder.path, 'triplicate.js'), '--version'], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    const version = execFileSync(old ?? '', ['--version'], { encoding: 'utf8' })
      .trim()
      .slice(1);
    expect(stderr).toContain(`error: triplicate needs Node.js 24 or newer, and this is ${version}\n  hint: install it`);
    expect(stderr).not.toContain('    at ');
  });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../src/testing/index.ts';

const canLeave = process.getuid?.() === 0 && spawnSync('unshare', ['--user', '--map-root-user', 'true']).status === 0;

/** Applies the attributes of a node to a file, as whoever runs it, and prints what was lost and what went wrong. */
const script = (file: string): string => `
  const at = (path) => import(new URL(path, '${new URL('../../src/', import.meta.url).href}'));
  const { applyAttributes } = await at('restore/attributes.ts');
  const { Tally } = await at('restore/tally.ts');
  const { writeXattr } = await at('posix/xattr.ts');
  const { chownSync } = await import('node:fs');
  const file = ${JSON.stringify(file)};
  const tally = new Tally({});
  const target = {
    setOwner: ({ uid, gid }) => chownSync(file, uid, gid),
    setXattr: (name, value) => writeXattr(file, name, value),
    setMode: () => undefined,
    setTimes: () => undefined,
  };
  const extendedAttributes = ['user.a', 'trusted.b'].map((name) => ({ name, value: Buffer.from('v') }));
  const time = '0001-01-01T00:00:00Z';
  const node = { name: 'f', type: 'file', uid: 12345, gid: 12345, mode: 0o644, mtime: time, atime: time, ctime: time, extendedAttributes };
  applyAttributes(target, node, { path: file, owners: 'auto', tally });
  const { lost, problemCount } = tally.report();
  console.log(JSON.stringify({ lost, problemCount }));`;

it.skipIf(!canLeave)(
  'root of a namespace of users loses owners and trusted attributes as any other user does, and fails at no file (skipped for others than root, and where there are no such namespaces)',
  async () => {
    await using folder = await temporaryFolder();
    const at = join(folder.path, 'own');
    mkdirSync(at);
    const run = (file: string, ...before: string[]): unknown => {
      writeFileSync(join(at, file), 'f');
      const node = [process.execPath, '--conditions=@triplicate/source', '--input-type=module', '-e'];
      const [program, ...parameters] = [...before, ...node, script(join(at, file))];
      return JSON.parse(execFileSync(program, parameters, { encoding: 'utf8' })) as unknown;
    };
    const within = run('within', 'unshare', '--user', '--map-root-user');
    expect(within).toEqual({ lost: { owners: 1, attributes: 1, modes: 0 }, problemCount: 0 });
    expect(statSync(join(at, 'within')).uid).toBe(0);
  },
);

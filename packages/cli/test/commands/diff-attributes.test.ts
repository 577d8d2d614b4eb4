/** What `diff --attributes` tells of entries whose content is as it was. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isRoot } from '../../../core/test/posix/temporary.ts';
import { createCli } from '../support/cli.ts';
import { docsToUsb } from '../support/docs-to-usb.ts';

const change = (program: string, ...parameters: string[]): void => {
  const { status, stderr } = spawnSync(program, parameters, { encoding: 'utf8' });
  expect({ program, status, stderr }).toEqual({ program, status: 0, stderr: '' });
};

it.skipIf(!isRoot)(
  'diff --attributes lists changes of extended attributes, ACLs and capabilities (skipped for others than root, who set no capability)',
  async () => {
    await using cli = await createCli();
    const at = (name: string): string => join(cli.folder, name);
    const type = (...parameters: string[]) => cli.type(parameters, { env: { PASSWORD: 'correct horse' } });
    for (const name of ['docs', 'docs/folder', 'usb']) mkdirSync(at(name));
    for (const name of ['acl', 'added', 'capable', 'order', 'removed', 'same', 'value'])
      writeFileSync(at(`docs/${name}`), name);
    const set = (name: string, key: string, value: string): void =>
      change('setfattr', '-n', `user.${key}`, '-v', value, at(`docs/${name}`));
    for (const name of ['removed', 'same', 'value', 'order']) set(name, 'a', '1');
    set('order', 'b', '2');
    writeFileSync(at('triplicate.yaml'), docsToUsb);
    expect(await type('init')).toMatchObject({ code: 0 });
    expect(await type('backup', '--tag', 'one')).toMatchObject({ code: 0 });

    set('added', 'a', '1');
    set('value', 'a', '2');
    change('setfattr', '-x', 'user.a', at('docs/removed'));
    change('setfattr', '-x', 'user.a', at('docs/order'));
    set('order', 'a', '1');
    change('setfacl', '-m', 'u:65534:r', at('docs/acl'));
    change('setfacl', '-d', '-m', 'u:65534:r', at('docs/folder'));
    change('setcap', 'cap_net_raw+ep', at('docs/capable'));
    expect(await type('backup', '--tag', 'two')).toMatchObject({ code: 0 });

    const listed = await type('snapshots', '--json');
    const [before, after] = ['one', 'two'].map((tag) =>
      String(listed.lines.find(({ tags }) => (tags as string[]).includes(tag))?.['id']),
    ) as [string, string];
    const { out } = await type('diff', before, after, at('docs'), '--attributes');
    const touched = out.split('\n').filter((line) => line.startsWith('T '));
    expect(touched.map((line) => line.slice(line.indexOf('/docs/') + 6))).toEqual([
      'acl',
      'added',
      'capable',
      'folder/',
      'removed',
      'value',
    ]);
    expect((await type('diff', before, after)).out).toBe('no difference\n');
  },
);

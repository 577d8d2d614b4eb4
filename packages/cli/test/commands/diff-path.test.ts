/** What `diff` with a path tells of one that is not in both snapshots. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCli } from '../support/cli.ts';
import { docsToUsb } from '../support/docs-to-usb.ts';

describe('diff of one path', () => {
  it('says that nothing stands there, and tells what is in one of the two alone or changed', async () => {
    await using cli = await createCli();
    const at = (name: string): string => join(cli.folder, name);
    const type = (...parameters: string[]) => cli.type(parameters, { env: { PASSWORD: 'correct horse' } });
    for (const name of ['docs', 'docs/went', 'usb']) mkdirSync(at(name));
    for (const name of ['docs/went/a', 'docs/changed', 'docs/same', 'docs/turned']) writeFileSync(at(name), name);
    writeFileSync(at('triplicate.yaml'), docsToUsb);
    expect(await type('init')).toMatchObject({ code: 0 });
    expect(await type('backup', '--tag', 'one')).toMatchObject({ code: 0 });
    for (const name of ['docs/went', 'docs/turned']) rmSync(at(name), { recursive: true });
    for (const name of ['docs/came', 'docs/turned']) mkdirSync(at(name));
    for (const name of ['docs/came/b', 'docs/changed', 'docs/turned/c']) writeFileSync(at(name), 'another');
    expect(await type('backup', '--tag', 'two')).toMatchObject({ code: 0 });

    const listed = await type('snapshots', '--json');
    const [before, after] = ['one', 'two'].map((tag) =>
      String(listed.lines.find(({ tags }) => (tags as string[]).includes(tag))?.['id']),
    ) as [string, string];
    const diff = async (path: string) => {
      const { code, out, err } = await type('diff', before, after, at(path));
      return { code, out: out.split('\n').slice(0, -2).join('\n').replaceAll('/anna/work', ''), err };
    };
    expect(await diff('docs/typo')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining(
        `nothing stands at "/anna/work/docs/typo", neither in snapshot ${before.slice(0, 8)} nor in ${after.slice(0, 8)}`,
      ) as unknown,
    });
    expect(await diff('docs/went')).toMatchObject({ code: 0, out: '- /docs/went/\n- /docs/went/a' });
    expect(await diff('docs/came')).toMatchObject({ code: 0, out: '+ /docs/came/\n+ /docs/came/b' });
    expect(await diff('docs/changed')).toMatchObject({ code: 0, out: 'M /docs/changed' });
    expect(await diff('docs/turned')).toMatchObject({ code: 0, out: 'M /docs/turned/\n+ /docs/turned/c' });
    expect((await type('diff', before, after, at('docs/same'))).out).toBe('no difference\n');
  });
});

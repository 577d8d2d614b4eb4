import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { docsToUsb } from '../support/docs-to-usb.ts';
import { expectDocumented } from '../support/json.ts';

let cli: Cli;
const type = async (...parameters: string[]): Promise<Ended> => {
  const ended = await cli.type(parameters, { env: { PASSWORD: 'correct horse battery' } });
  expectDocumented(ended.lines);
  return ended;
};

beforeEach(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  await mkdir(join(cli.folder, 'usb'));
  await writeFile(join(cli.folder, 'triplicate.yaml'), docsToUsb);
});
afterEach(() => cli[Symbol.asyncDispose]());

describe('status', () => {
  it('tells what it remembers of a replica whose folder is gone as what was last seen', async () => {
    for (const command of ['init', 'backup', 'backup']) expect(await type(command)).toMatchObject({ code: 0 });
    expect((await type('status')).out).not.toContain('when last seen');
    await rm(join(cli.folder, 'usb'), { recursive: true });
    const { out } = await type('status');
    expect(out).toMatch(/^usb +(unreachable now|no repository) +was 2 /m);
    expect(out).toMatch(/^docs +was [0-9a-f]{8} +20/m);
    expect(out).toMatch(/^usb: (not reachable|no repository there) now; 2 snapshots when last seen, just now$/m);
  });

  it('ends with 3 while a sudden change is not accepted, though the 3-2-1 rule is kept', async () => {
    const kept = docsToUsb.replace(
      /usb: .*/,
      'usb: { type: local, path: ./usb }, nas: { type: local, path: ./nas, media: nas, offsite: true } }',
    );
    await writeFile(join(cli.folder, 'triplicate.yaml'), kept);
    const write = (content: (i: number) => string | Buffer): Promise<unknown> =>
      Promise.all(Array.from({ length: 40 }, (_, i) => writeFile(join(cli.folder, 'docs', `${i}.txt`), content(i))));
    await write((i) => `page ${i} `.repeat(200));
    for (const command of ['init', 'backup', 'status']) expect(await type(command)).toMatchObject({ code: 0 });
    await write(() => randomBytes(5000));
    expect(await type('backup')).toMatchObject({ code: 3 });
    const alarmed = await type('status', '--json');
    expect(alarmed).toMatchObject({
      code: 3,
      lines: [{ coverage: { verdict: 'kept' }, sources: [{ alarms: [{ code: 'MASS_CHANGE' }] }] }],
    });
    expect(await type('forget', '--accept-change')).toMatchObject({ code: 0 });
    expect(await type('status')).toMatchObject({ code: 0 });
  });

  it('says about how much a destination lacks', async () => {
    const two = docsToUsb.replace(/usb: .*/, 'usb: { type: local, path: ./usb }, nas: { type: local, path: ./nas } }');
    await writeFile(join(cli.folder, 'docs', 'large.bin'), randomBytes(400_000));
    for (const command of ['init', 'backup']) expect(await type(command)).toMatchObject({ code: 0 });
    await writeFile(join(cli.folder, 'triplicate.yaml'), two);
    expect(await type('init')).toMatchObject({ code: 0 });
    const { destinations = [] } = (await type('status', '--json')).lines[0] as {
      destinations?: { behindBytes?: number }[];
    };
    expect(destinations.map(({ behindBytes = 0 }) => Math.floor(behindBytes / 400_000))).toEqual([0, 1]);
  });

  it('names every destination that is gone', async () => {
    const two = docsToUsb.replace(/usb: .*/, 'usb: { type: local, path: ./usb }, nas: { type: local, path: ./nas } }');
    await writeFile(join(cli.folder, 'triplicate.yaml'), two);
    for (const command of ['init', 'backup']) expect(await type(command)).toMatchObject({ code: 0 });
    for (const folder of ['usb', 'nas']) await rm(join(cli.folder, folder), { recursive: true });
    const { code, err } = await type('snapshots');
    expect(code).toBe(10);
    expect(err).toContain('error: none of the 2 destinations can be used: "usb": ');
    expect(err).toContain('; "nas": ');
  });

  it('and backup tell a program too of a source that changed as if it had been destroyed', async () => {
    const write = (content: (i: number) => string | Buffer): Promise<unknown> =>
      Promise.all(Array.from({ length: 40 }, (_, i) => writeFile(join(cli.folder, 'docs', `${i}.txt`), content(i))));
    await write((i) => `page ${i} `.repeat(200));
    for (const command of ['init', 'backup']) expect(await type(command)).toMatchObject({ code: 0 });
    await write(() => randomBytes(5000));
    const backup = await type('backup', '--json');
    const alarm = { code: 'MASS_CHANGE', message: expect.stringContaining('"docs" changed') as string };
    const summary = backup.lines.at(-1) as { snapshots: { id: string }[] };
    expect(backup).toMatchObject({ code: 3 });
    expect(summary).toMatchObject({ sources: [{ source: 'docs', alarm }] });
    const snapshot = summary.snapshots[0]?.id;
    const standing = async (): Promise<unknown> => (await type('status', '--json')).lines[0]?.['sources'];
    expect(await standing()).toMatchObject([{ source: 'docs', alarms: [{ ...alarm, snapshot }] }]);
    expect((await type('status')).out).toContain('"docs" changed as if it had been destroyed');
    expect(await type('forget', '--accept-change', '--keep-last', '9')).toMatchObject({ code: 0 });
    expect(await standing()).toMatchObject([{ source: 'docs', alarms: [] }]);
    expect((await type('backup', '--json')).lines.at(-1)).not.toHaveProperty('sources.0.alarm');
  });
});

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namesOfFolder } from '../../src/init/destination-name.ts';
import { createCli } from '../support/cli.ts';

describe('a destination', () => {
  it.each([
    ['/media/usb/backup', 'usb'],
    ['/run/media/anna/Red Disk/Backups', 'red-disk'],
    ['/Volumes/USB/restic/', 'usb'],
    ['/tmp/x/backup', 'x'],
    ['/mnt/nas', 'nas'],
    ['/mnt/backup', 'disk'],
    ['~/backup', 'disk'],
    ['/backup', 'disk'],
    ['copies', 'work'],
    ['family-backup', 'family-backup'],
  ])('in %s is called %s', (path, name) => {
    expect(namesOfFolder(path, { cwd: '/data/work', home: '/home/anna' })[0]).toBe(name);
  });
});

it('init with flags refuses a source that is not there, and a destination where no disk is mounted, and makes nothing', async () => {
  await using cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  const source = await cli.type(['init', '--source', 'dox', '--to', 'usb']);
  expect(source.code).toBe(2);
  expect(source.err).toContain('nothing to back up in "/anna/work/dox"');
  const place = await cli.type(['init', '--source', 'docs', '--to', 'x=nope/y']);
  expect(place.code).toBe(2);
  expect(place.err).toContain('there is no "/anna/work/nope" for "/anna/work/nope/y": is its disk mounted?');
  expect(place.err).toContain('mkdir -p ');
  expect(await readdir(cli.folder)).toEqual(['docs']);
});

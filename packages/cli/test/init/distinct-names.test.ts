import { expect, it } from 'vitest';
import { distinctNames } from '../../src/init/distinct-names.ts';
import { namesOfFolder, namesOfSource } from '../../src/init/destination-name.ts';

const places = { cwd: '/home/anna', home: '/home/anna' };
const named = (of: typeof namesOfFolder, paths: readonly string[], taken: readonly string[] = []): string[] =>
  distinctNames(
    paths.map((path) => of(path, places)),
    new Set(taken),
  );

it.each([
  [['usb/b', 'nas/b'], 'usb-b nas-b'],
  [['/media/usb/b', '/media/b', 'c'], 'usb-b b c'],
  [['x/usb/b', 'y/usb/b', 'nas/b'], 'x-usb-b y-usb-b nas-b'],
  [['usb/backup', 'nas/backup'], 'usb nas'],
  [['a', 'a'], 'a a-2'],
  [['usb/backup', 'old/usb/backup/copy'], 'usb old-usb'],
])('destinations in %j are called %s', (paths, names) => {
  expect(named(namesOfFolder, paths).join(' ')).toBe(names);
});

it('sources are told apart by the folders around them, and what has a name keeps it', () => {
  expect(named(namesOfSource, ['work/docs', 'home/docs', '/'])).toEqual(['work-docs', 'docs', 'root']);
  expect(named(namesOfSource, ['work/docs', 'backup'], ['docs'])).toEqual(['work-docs', 'backup']);
});

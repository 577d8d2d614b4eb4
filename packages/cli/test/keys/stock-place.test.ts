import { expect, it } from 'vitest';
import { stockPlace } from '../../src/keys/stock-place.ts';

const base = { directory: '/home/anna/.config', home: '/home/anna' };

const of = (type: string, options: object, prefix?: string) =>
  stockPlace({ type, options, common: prefix === undefined ? {} : { prefix } } as Parameters<typeof stockPlace>[0], {
    base,
    user: 'anna',
  });

/** https://restic.readthedocs.io/en/stable/030_preparing_a_new_repo.html */
it.each([
  ['local', { path: '/media/usb' }, undefined, '/media/usb'],
  ['local', { path: '~/backup' }, 'a/', '/home/anna/backup/a'],
  ['sftp', { host: 'nas', port: 22, path: 'backup' }, undefined, 'sftp://anna@nas/backup'],
  ['sftp', { host: 'nas', port: 22, path: '/volume1/backup' }, 'a', 'sftp://anna@nas//volume1/backup/a'],
  ['sftp', { host: 'fd00::2', port: 2222, user: 'bob', path: '~/b' }, undefined, 'sftp://bob@[fd00::2]:2222/b'],
  ['rest', { url: 'http://nas:8000/anna' }, undefined, 'rest:http://nas:8000/anna/'],
  ['rest', { remote: 'box:backup' }, 'a', 'rclone:box:backup/a'],
  ['s3', { bucket: 'b', region: 'eu-west-1' }, 'a', 's3:https://s3.eu-west-1.amazonaws.com/b/a'],
  ['s3', { bucket: 'b', region: 'x', endpoint: 'http://nas:9000' }, undefined, 's3:http://nas:9000/b'],
  ['azure', { account: 'anna', container: 'c' }, undefined, 'azure:c:/'],
  ['gdrive', { folder: 'Backups' }, 'a', 'rclone:REMOTE:Backups/a'],
  ['webdav', { url: 'https://nas/dav' }, undefined, 'rclone:REMOTE:'],
])('stock restic finds %s %j (%s) at %s', (type, options, prefix, repository) => {
  expect(of(type, options, prefix)?.repository).toBe(repository);
});

it('says what is needed besides, and nothing of a kind that it does not know', () => {
  expect(of('azure', { account: 'anna', container: 'c' })?.needs).toContain('AZURE_ACCOUNT_NAME=anna');
  expect(of('rest', { url: 'http://nas/', username: 'bob' })?.needs).toContain('RESTIC_REST_USERNAME=bob');
  expect(of('tape', {})).toBeUndefined();
});

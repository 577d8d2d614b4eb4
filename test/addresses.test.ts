import { describe, expect, it } from 'vitest';
import { azureOptions } from '../packages/dest-azure/src/index.ts';
import { dropboxOptions } from '../packages/dest-dropbox/src/index.ts';
import { onedriveOptions } from '../packages/dest-onedrive/src/index.ts';
import { restOptions } from '../packages/dest-rest/src/index.ts';
import { s3Options } from '../packages/dest-s3/src/index.ts';
import { webdavOptions } from '../packages/dest-webdav/src/index.ts';

const azure = { account: 'anna', container: 'backups', accountKey: { env: 'KEY' } };

describe('an address without "https://"', () => {
  it.each([
    ['endpoint of s3', s3Options, { bucket: 'backups' }, 'endpoint'],
    ['endpoint of azure', azureOptions, azure, 'endpoint'],
    ['endpoint of dropbox', dropboxOptions, {}, 'endpoint'],
    ['endpoint of onedrive', onedriveOptions, {}, 'endpoint'],
    ['authority of onedrive', onedriveOptions, {}, 'authority'],
    ['url of webdav', webdavOptions, {}, 'url'],
    ['url of rest', restOptions, {}, 'url'],
  ])('is a mistake at the %s, told once with how to write it', (_, schema, others, key) => {
    for (const address of ['server.example.org', 'server.example.org/path', 'ftp://server.example.org']) {
      const issues = schema.safeParse({ ...others, [key]: address }).error?.issues;
      expect(issues).toMatchObject([
        { path: [key], message: expect.stringMatching(/^write an address, e\.g\. https:/) as string },
      ]);
    }
  });
});

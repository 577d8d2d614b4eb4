import type { S3 } from '@aws-sdk/client-s3';
import { testDestination } from '@triplicate/conformance';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { noRadosgw, type S3Server, startRadosgw } from '../../../test/servers/radosgw.ts';
import { adminOf, openWith, optionsFor } from './kit.ts';

let server: S3Server;
let admin: S3;
let folder: TemporaryFolder;

beforeAll(async () => {
  if (noRadosgw !== undefined) return;
  [server, folder] = await Promise.all([startRadosgw(), temporaryFolder()]);
  admin = adminOf(server);
  await server.makeBucket('backups');
});
afterAll(async () => {
  admin?.destroy();
  await Promise.all([server?.[Symbol.asyncDispose](), folder?.[Symbol.asyncDispose]()]);
});

const open = (more: Record<string, unknown> = {}) =>
  openWith(
    { ...optionsFor(server.endpoint, 'backups', server), ...more },
    { folder: folder.path, secret: server.secretAccessKey },
  );

describe.skipIf(noRadosgw !== undefined)(
  `with Ceph's object gateway${noRadosgw === undefined ? '' : `: ${noRadosgw}`}`,
  () => {
    testDestination({ describe, it }, 's3', () => open({ partSize: '5MiB' }), {
      secrets: ['notasecretbutalongone'],
      refusals: [
        {
          what: 'a wrong secret',
          code: 'AUTH',
          open: () =>
            openWith(optionsFor(server.endpoint, 'backups', server), { folder: folder.path, secret: 'wrong' }),
        },
        { what: 'an unknown access key', code: 'AUTH', open: () => open({ accessKeyId: 'NOBODY' }) },
        { what: 'a bucket that is not there', code: 'CONFIG_INVALID', open: () => open({ bucket: 'nowhere' }) },
        {
          what: 'a host that does not answer',
          code: 'UNAVAILABLE',
          open: () => open({ endpoint: 'http://127.0.0.1:9' }),
        },
      ],
    });
  },
);

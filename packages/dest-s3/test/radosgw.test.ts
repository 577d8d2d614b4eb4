import type { S3 } from '@aws-sdk/client-s3';
import { testDestination } from '@triplicate/conformance';
import { bodyOf, type Clock, collect, systemClock } from '@triplicate/core';
import { seededBytes, seededRandom, temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noRadosgw, type S3Server, startRadosgw } from '../../../test/servers/radosgw.ts';
import { startWeather } from '../../../test/servers/weather.ts';
import { adminOf, openWith, optionsFor, signal } from './kit.ts';

let server: S3Server;
let admin: S3;
let folder: TemporaryFolder;

beforeAll(async () => {
  if (noRadosgw !== undefined) return;
  [server, folder] = await Promise.all([startRadosgw(), temporaryFolder()]);
  admin = adminOf(server);
  await server.makeBucket('backups');
  await server.makeBucket('locked', { lockable: true });
});
afterAll(async () => {
  admin?.destroy();
  await Promise.all([server?.[Symbol.asyncDispose](), folder?.[Symbol.asyncDispose]()]);
});

const context = (more: { immutableMs?: number } = {}) => ({
  folder: folder.path,
  secret: server.secretAccessKey,
  ...more,
});
const open = (more: Record<string, unknown> = {}) =>
  openWith({ ...optionsFor(server.endpoint, 'backups', server), ...more }, context());

/** Waits for nothing. */
const hastyClock: Clock = { ...systemClock, sleep: async () => undefined };
const dayMs = 86_400_000;
const id = 'ab'.repeat(32);
const put = (Key: string, Body: string) => admin.putObject({ Bucket: 'backups', Key, Body });

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
        { what: 'a bucket that cannot lock', code: 'CONFIG_INVALID', open: () => openLocked('backups') },
        {
          what: 'the bucket of somebody else',
          code: 'AUTH',
          open: async () => {
            const other = await server.addUser('other');
            const options = { folder: folder.path, secret: other.secretAccessKey };
            return openWith(optionsFor(server.endpoint, 'backups', other), options);
          },
        },
        {
          what: 'a host that does not answer',
          code: 'UNAVAILABLE',
          open: () => open({ endpoint: 'http://127.0.0.1:9' }),
        },
      ],
    });

    const openLocked = (bucket: string) =>
      openWith(optionsFor(server.endpoint, bucket, server), context({ immutableMs: 2 * dayMs }));

    it('locks what a snapshot needs for as long as "immutable" says, and hides instead of deleting', async () => {
      await using destination = await openLocked('locked');
      expect(destination.capabilities).toMatchObject({ writeOnce: 'versions', canDelete: true });
      const [pack, lock] = [`anna/data/ab/${id}`, `anna/locks/${id}`];
      for (const key of [pack, lock]) await destination.put(key, bodyOf(Buffer.from('precious')), { signal });
      const { Retention } = await admin.getObjectRetention({ Bucket: 'locked', Key: pack });
      expect(Retention?.Mode).toBe('COMPLIANCE');
      const heldMs = (Retention?.RetainUntilDate?.getTime() ?? 0) - Date.now();
      expect(heldMs).toBeGreaterThan(2 * dayMs - 120_000);
      expect(heldMs).toBeLessThanOrEqual(2 * dayMs);
      await expect(admin.getObjectRetention({ Bucket: 'locked', Key: lock })).rejects.toMatchObject({
        name: 'ObjectLockConfigurationNotFoundError',
      });

      await destination.delete(pack, { signal });
      expect(await destination.stat(pack, { signal })).toBeUndefined();
      const { Versions = [] } = await admin.listObjectVersions({ Bucket: 'locked', Prefix: pack });
      const hidden = { Bucket: 'locked', Key: pack, VersionId: Versions[0]?.VersionId };
      await expect(admin.deleteObject(hidden)).rejects.toMatchObject({ name: 'AccessDenied' });
      const { Body } = await admin.getObject(hidden);
      expect(await Body?.transformToString()).toBe('precious');
      await destination.put(pack, bodyOf(Buffer.from('damaged')), { signal });
      const older = destination.versions?.(pack, { signal }) ?? [];
      const contents = await Array.fromAsync(older, async (version) => (await collect(version.open())).toString());
      expect(contents).toEqual(['damaged', 'precious']);
    });

    it('extends a lock and never shortens one', async () => {
      await using destination = await openLocked('locked');
      const pack = `berta/data/ab/${id}`;
      await destination.put(pack, bodyOf(Buffer.from('precious')), { signal });
      const untilOf = async (): Promise<number | undefined> =>
        (await admin.getObjectRetention({ Bucket: 'locked', Key: pack })).Retention?.RetainUntilDate?.getTime();
      const later = new Date(Math.ceil(Date.now() / 1000) * 1000 + 5 * dayMs);
      await destination.keepUntil?.(pack, { until: later, signal });
      expect(await untilOf()).toBe(later.getTime());
      await destination.keepUntil?.(pack, { until: new Date(later.getTime() - dayMs), signal });
      expect(await untilOf()).toBe(later.getTime());

      const absent = `berta/data/cd/${'cd'.repeat(32)}`;
      await expect(destination.keepUntil?.(absent, { until: later, signal })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
      await destination.delete(pack, { signal });
      await expect(destination.keepUntil?.(pack, { until: later, signal })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
      await using plain = await open();
      const refused = plain.keepUntil?.(pack, { until: later, signal });
      await expect(refused).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    });

    it('works with a key that may not delete', async () => {
      const agent = await server.addUser('agent');
      const allowed = ['s3:ListBucket', 's3:GetObject', 's3:PutObject'];
      const Resource = ['arn:aws:s3:::backups', 'arn:aws:s3:::backups/*'];
      const Principal = { AWS: ['arn:aws:iam:::user/agent'] };
      const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: allowed, Resource }] };
      await admin.putBucketPolicy({ Bucket: 'backups', Policy: JSON.stringify(policy) });
      const options = { ...optionsFor(server.endpoint, 'backups', agent), partSize: '5MiB' };
      await using destination = await openWith(options, { folder: folder.path, secret: agent.secretAccessKey });
      for (const size of [10, 6_000_000]) {
        const content = seededBytes(seededRandom(size), size);
        await destination.put(`agent/${size}`, bodyOf(content), { signal });
        expect((await collect(destination.get(`agent/${size}`, { signal }))).equals(content)).toBe(true);
        await expect(destination.delete(`agent/${size}`, { signal })).rejects.toMatchObject({ code: 'AUTH' });
        await admin.deleteObject({ Bucket: 'backups', Key: `agent/${size}` });
      }
      expect(await destination.stat('agent/10', { signal })).toBeUndefined();
      await admin.deleteBucketPolicy({ Bucket: 'backups' });
    });

    it('deletes nothing when it is told that it cannot', async () => {
      await using destination = await open({ appendOnly: true });
      expect(destination.capabilities.canDelete).toBe(false);
      await destination.put('kept', bodyOf(Buffer.from('x')), { signal });
      await expect(destination.delete('kept', { signal })).rejects.toMatchObject({ code: 'READ_ONLY' });
      await admin.deleteObject({ Bucket: 'backups', Key: 'kept' });
    });

    it('finds out by itself whether the service settles who was first', async () => {
      const cache = await temporaryFolder();
      const fresh = () =>
        openWith(optionsFor(server.endpoint, 'backups', server), {
          folder: cache.path,
          secret: server.secretAccessKey,
        });
      await using first = await fresh();
      expect(first.capabilities.conditionalPut).toBe(false);
      await first.put('fresh/config', bodyOf(Buffer.from('one')), { ifAbsent: true, signal });
      expect(first.capabilities.conditionalPut).toBe(true);
      expect((await collect(first.get('fresh/config', { signal }))).toString()).toBe('one');
      await using second = await fresh();
      expect(second.capabilities.conditionalPut).toBe(true);
      await second.delete('fresh/config', { signal });
      await cache[Symbol.asyncDispose]();
    });

    it('looks before it writes where the service cannot settle who was first', async () => {
      const deaf = await startWeather(server.port, ({ method, headers }) =>
        method === 'PUT' && headers['if-none-match'] !== undefined
          ? { answer: { status: 501, body: '<Error><Code>NotImplemented</Code></Error>' } }
          : undefined,
      );
      const cache = await temporaryFolder();
      const options = optionsFor(`http://127.0.0.1:${deaf.port}`, 'backups', server);
      {
        await using destination = await openWith(options, { folder: cache.path, secret: server.secretAccessKey });
        await destination.put('deaf/config', bodyOf(Buffer.from('one')), { ifAbsent: true, signal });
        const again = destination.put('deaf/config', bodyOf(Buffer.from('two')), { ifAbsent: true, signal });
        await expect(again).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
        expect(destination.capabilities.conditionalPut).toBe(false);
        await destination.delete('deaf/config', { signal });
      }
      await deaf[Symbol.asyncDispose]();
      await cache[Symbol.asyncDispose]();
    });

    it('changes to MD5 where the service does not know CRC-32', async () => {
      const old = await startWeather(server.port, ({ headers }) =>
        headers['x-amz-checksum-crc32'] === undefined
          ? undefined
          : { answer: { status: 400, body: '<Error><Code>InvalidRequest</Code></Error>' } },
      );
      {
        await using destination = await open({ endpoint: `http://127.0.0.1:${old.port}` });
        for (const key of ['md5/one', 'md5/two']) await destination.put(key, bodyOf(Buffer.from(key)), { signal });
        const puts = old.requests.filter(({ method }) => method === 'PUT');
        expect(puts.map(({ headers }) => headers['content-md5'] !== undefined)).toEqual([false, true, true]);
        for (const key of ['md5/one', 'md5/two']) await destination.delete(key, { signal });
      }
      await old[Symbol.asyncDispose]();
    });

    it('is not taken in by content that was damaged on its way there', async () => {
      const bad = await startWeather(server.port, ({ method }) =>
        method === 'PUT' ? { spoilRequest: 500 } : undefined,
      );
      {
        await using destination = await open({ endpoint: `http://127.0.0.1:${bad.port}`, partSize: '5MiB' });
        for (const size of [1000, 6_000_000]) {
          const content = seededBytes(seededRandom(size), size);
          const write = destination.put('bad/object', bodyOf(content), { signal });
          await expect(write).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(/damaged/) });
          expect(await destination.stat('bad/object', { signal })).toBeUndefined();
        }
      }
      await bad[Symbol.asyncDispose]();
    });

    it('does not believe an answer that an object was stored, where it was not', async () => {
      await using station = await startWeather(server.port, ({ method }) =>
        method === 'PUT' ? { answer: { status: 200, headers: { etag: '"1"' } } } : undefined,
      );
      await using destination = await open({ endpoint: `http://127.0.0.1:${station.port}` });
      await expect(destination.put('lost/object', bodyOf(Buffer.from('x')), { signal })).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/took .* and does not have it/) as string,
      });
    });

    it('opens with one request, and is not taken in by the page of a hotel', async () => {
      await using station = await startWeather(server.port);
      const endpoint = `http://127.0.0.1:${station.port}`;
      await (await open({ endpoint }))[Symbol.asyncDispose]();
      expect(station.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /backups/?versioning=']);
      const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Welcome</html>' };
      station.setForecast(() => ({ answer: page }));
      const opened = open({ endpoint }).then(async (destination) => {
        await using hotel = destination;
        return await hotel.stat('config', { signal });
      });
      await expect(opened).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });

    it('leaves no parts behind when an upload fails', async () => {
      await using destination = await open({ partSize: '5MiB' });
      const body = {
        size: 20_000_000,
        async *open() {
          yield Buffer.alloc(12_000_000);
          throw new Error('the phone fell asleep');
        },
      };
      await expect(destination.put('parts/object', body, { signal })).rejects.toMatchObject({ code: 'IO' });
      expect(await uploads()).toEqual([]);
    });

    it('clears away the parts that a killed run left, but not before a week is over', async () => {
      for (const Key of ['left/one', 'other/one']) await admin.createMultipartUpload({ Bucket: 'backups', Key });
      for (const [days, left] of [
        [6, ['left/one', 'other/one']],
        [8, ['other/one']],
      ] as const) {
        const clock = { ...systemClock, now: () => new Date(Date.now() + days * dayMs) };
        const options = { ...optionsFor(server.endpoint, 'backups', server), partSize: '5MiB' };
        await using destination = await openWith(options, { ...context(), clock });
        await destination.put('left/large', bodyOf(Buffer.alloc(5_300_000)), { signal });
        expect(await uploads()).toEqual(left);
        await destination.delete('left/large', { signal });
      }
    });

    it('clears away half of a pack that a killed run left, when it sends another pack in parts', async () => {
      const [dead, alive] = ['ab', 'cd'].map((byte) => `anna/data/${byte}/${byte.repeat(32)}`) as [string, string];
      const foreign = `berta/data/ab/${'ab'.repeat(32)}`;
      for (const Key of [dead, foreign]) {
        const { UploadId } = await admin.createMultipartUpload({ Bucket: 'backups', Key });
        await admin.uploadPart({ Bucket: 'backups', Key, UploadId, PartNumber: 1, Body: Buffer.alloc(5_300_000) });
      }
      const clock = { ...systemClock, now: () => new Date(Date.now() + 8 * dayMs) };
      const options = { ...optionsFor(server.endpoint, 'backups', server), partSize: '5MiB' };
      await using destination = await openWith(options, { ...context(), clock });
      await destination.put(alive, bodyOf(Buffer.alloc(5_300_000)), { signal });
      expect(await uploads()).toEqual(expect.arrayContaining([foreign]));
      expect(await uploads()).not.toContain(dead);
      await destination.delete(alive, { signal });
    });

    const uploads = async (): Promise<unknown[]> => {
      const { Uploads = [] } = await admin.listMultipartUploads({ Bucket: 'backups' });
      return Uploads.map(({ Key }) => Key);
    };

    it('gives a storage class to packs alone, and encryption by the server to everything', async () => {
      const seen = await startWeather(server.port);
      const more = { checksum: 'when_required', storageClass: 'STANDARD', encryption: 'aws:kms', kmsKey: 'key-1' };
      {
        await using destination = await open({ endpoint: `http://127.0.0.1:${seen.port}`, ...more });
        const keys = [`data/ab/${id}`, 'config', `index/${id}`, `keys/${id}`, `snapshots/${id}`, `locks/${id}`];
        // This gateway encrypts over TLS alone: what counts is what it was asked for.
        for (const key of keys) await destination.put(key, bodyOf(Buffer.from('x')), { signal }).catch(() => undefined);
        const puts = seen.requests.filter(({ method }) => method === 'PUT');
        expect(puts.map(({ headers }) => headers['x-amz-storage-class'])).toEqual(['STANDARD', ...Array(5)]);
        expect(puts.map(({ headers }) => headers['x-amz-server-side-encryption'])).toEqual(Array(6).fill('aws:kms'));
      }
      await seen[Symbol.asyncDispose]();
    });

    it('lists past names that cannot be its own', async () => {
      for (const key of ['odd/Upper', 'odd/with space', 'odd/ä\u0001&<', 'odd/good', 'odd/%2e', 'odd/a+b'])
        await put(key, 'x');
      await using destination = await open();
      const listed = await Array.fromAsync(destination.list('odd/', { signal }));
      expect(listed.map(({ key }) => key)).toEqual(['odd/good']);
      const { Contents = [] } = await admin.listObjectsV2({ Bucket: 'backups', Prefix: 'odd/', EncodingType: 'url' });
      expect(Contents).toHaveLength(6);
      for (const { Key = '' } of Contents) {
        await admin.deleteObject({ Bucket: 'backups', Key: decodeURIComponent(Key.replaceAll('+', ' ')) });
      }
    });

    it('asks again for a page that failed, and goes on', async () => {
      const page = (key: string, more: string): string =>
        `<ListBucketResult>${more}<Contents><Key>pages/${key}</Key><Size>1</Size>` +
        '<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>';
      const first = page('0', '<IsTruncated>true</IsTruncated><NextContinuationToken>next</NextContinuationToken>');
      let asked = 0;
      await using busy = await startWeather(server.port, ({ path }) => {
        if (!path.includes('prefix=pages')) return undefined;
        if (!path.includes('continuation-token')) return { answer: { status: 200, body: first } };
        asked += 1;
        return {
          answer: asked < 3 ? { status: 503 } : { status: 200, body: page('1', '<IsTruncated>false</IsTruncated>') },
        };
      });
      const raw = { ...optionsFor(`http://127.0.0.1:${busy.port}`, 'backups', server) };
      await using destination = await openWith(raw, { ...context(), clock: hastyClock });
      const listed = await Array.fromAsync(destination.list('pages/', { signal }));
      expect(listed.map(({ key }) => key)).toEqual(['pages/0', 'pages/1']);
      expect(asked).toBe(3);
    });

    it('never gives a listing that broke off on its second page', async () => {
      const page = (more: string): string =>
        `<ListBucketResult><IsTruncated>true</IsTruncated>${more}<Contents><Key>pages/0</Key><Size>1</Size>` +
        '<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>';
      const next = '<NextContinuationToken>next</NextContinuationToken>';
      const bodies = [
        { first: page(next), second: '<ListBucketResult><Contents><Key>pages/1' },
        { first: page(next), second: '' },
        { first: page(next), second: page(next) },
        { first: page(''), second: '' },
      ];
      for (const { first, second } of bodies) {
        const broken = await startWeather(server.port, ({ path }) => {
          if (!path.includes('prefix=pages')) return undefined;
          return { answer: { status: 200, body: path.includes('continuation-token') ? second : first } };
        });
        {
          const raw = { ...optionsFor(`http://127.0.0.1:${broken.port}`, 'backups', server) };
          await using destination = await openWith(raw, { ...context(), clock: hastyClock });
          const listing = Array.fromAsync(destination.list('pages/', { signal }));
          await expect(listing).rejects.toMatchObject({ code: 'UNAVAILABLE' });
        }
        await broken[Symbol.asyncDispose]();
      }
    });
  },
);

/** Locks of a real bucket with object lock, through the program, over the weeks in which they would run out. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '@triplicate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCli, type Cli, type Ended } from '../../packages/cli/test/support/cli.ts';
import { adminOf } from '../../packages/dest-s3/test/kit.ts';
import { noRadosgw, type S3Server, startRadosgw } from '../servers/radosgw.ts';

const dayMs = 86_400_000;
let server: S3Server;
let cli: Cli;
let aheadMs = 0;
/** The real one, so many days ahead. */
const clock: Clock = {
  now: () => new Date(Date.now() + aheadMs),
  sleep: (until, options) => systemClock.sleep(new Date(until.getTime() - aheadMs), options),
};

beforeAll(async () => {
  if (noRadosgw !== undefined) return;
  [server, cli] = await Promise.all([startRadosgw(), createCli()]);
  await server.makeBucket('locked', { lockable: true });
  await mkdir(join(cli.folder, 'docs'));
  await writeFile(join(cli.folder, 'docs', 'a.txt'), 'precious');
  const options = `bucket: locked, prefix: anna, endpoint: "${server.endpoint}", accessKeyId: ${server.accessKeyId}`;
  await writeFile(
    join(cli.folder, 'triplicate.yaml'),
    `version: 1
pipelines:
  docs:
    sources: { docs: { type: files, paths: [./docs] } }
    encrypt: { password: { env: PASSWORD } }
    destinations:
      cloud: { type: s3, ${options}, secretAccessKey: { env: SECRET }, immutable: 30d }
`,
  );
});
afterAll(async () => {
  await Promise.all([server?.[Symbol.asyncDispose](), cli?.[Symbol.asyncDispose]()]);
});

const type = async (...parameters: string[]): Promise<Ended> => {
  const env = { PASSWORD: 'correct horse battery', SECRET: server.secretAccessKey };
  const ended = await cli.type(parameters, { env, clock });
  expect(ended).toMatchObject({ code: 0, err: expect.not.stringContaining('warning') as string });
  return ended;
};

describe.skipIf(noRadosgw !== undefined)(`immutable copies${noRadosgw === undefined ? '' : `: ${noRadosgw}`}`, () => {
  it('stay locked while a snapshot needs them, however long ago they were written', async () => {
    const admin = adminOf(server);
    /** The least number of days that is left to what a snapshot needs, by its name. */
    const daysLeft = async (): Promise<Map<string, number>> => {
      const { Contents = [] } = await admin.listObjectsV2({ Bucket: 'locked' });
      const lasting = Contents.flatMap(({ Key = '' }) => (/\/(locks|triplicate)\//.test(Key) ? [] : [Key]));
      const left = lasting.map(async (Key) => {
        const { Retention } = await admin.getObjectRetention({ Bucket: 'locked', Key });
        return [Key, ((Retention?.RetainUntilDate?.getTime() ?? 0) - clock.now().getTime()) / dayMs] as const;
      });
      return new Map(await Promise.all(left));
    };
    await type('init');
    await type('backup');
    const first = await daysLeft();
    expect(first.size).toBeGreaterThanOrEqual(5);
    for (const days of [10, 16, 31, 47]) {
      aheadMs = days * dayMs;
      await type('backup');
      const left = await daysLeft();
      expect([...first.keys()].filter((key) => !left.has(key))).toEqual([]);
      expect(Math.min(...left.values())).toBeGreaterThanOrEqual(days === 10 ? 19.9 : 14.9);
    }
    admin.destroy();
  });
});

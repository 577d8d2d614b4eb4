import { join } from 'node:path';
import { temporaryFolder } from '@triplicate/core/testing';
import rest from '@triplicate/dest-rest';
import { describe, expect, it } from 'vitest';
import { cloudDestination, mixedPipeline } from '../kit/cloud-pipeline.ts';
import { init, run, statuses } from '../kit/commands.ts';
import { testNetworkReplica } from '../kit/network-replica.ts';
import { noRestic, restic } from '../kit/restic.ts';
import { writeSampleTree } from '../kit/sample-tree.ts';
import { noRclone, rcloneUser, startRclone } from '../servers/rclone.ts';

const why = noRclone === undefined ? '' : `: ${noRclone}`;
const { password, username } = rcloneUser;

describe.skipIf(noRclone !== undefined)(`a replica on a REST server${why}`, () => {
  testNetworkReplica(
    rest,
    async (folder) => {
      const server = await startRclone('restic', { folder, user: rcloneUser });
      return {
        port: server.port,
        secret: password,
        raw: (port) => ({ url: `http://127.0.0.1:${port}/backups/`, username, password: { env: 'SECRET' } }),
        repository: `rest:http://${username}:${password}@127.0.0.1:${server.port}/backups/anna/`,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
    { missing: noRclone, prefix: 'anna' },
  );
});

describe.skipIf(noRclone !== undefined || noRestic !== undefined)(`a replica in a remote of rclone${why}`, () => {
  it('is one that stock restic reads through rclone as well', async () => {
    await using folder = await temporaryFolder();
    const at = (name: string): string => join(folder.path, name);
    writeSampleTree(at('files'), { seed: 6, folders: 2, filesInFolder: 5, largeBytes: 300_000 });
    const raw = { remote: at('remote'), egress: 'free' };
    const cloud = cloudDestination(rest, { name: 'cloud', home: folder.path, secret: '', raw });
    const pipeline = mixedPipeline({ home: at('home'), paths: [at('files')], destinations: [] }, [cloud]);
    await init(pipeline);
    expect(statuses((await run(pipeline)).outcomes)).toEqual({ cloud: 'stored' });
    const { code, out } = await restic(`rclone:${at('remote')}`, ['check', '--read-data']);
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('no errors were found') });
  });
});

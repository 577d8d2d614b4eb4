/** What every destination behind a network has to stand: a run and a restore over connections that are cut, with stock restic as the judge. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DestinationPlugin, type GrantStore, type Pipeline } from '@triplicate/core';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Proxy, startProxy } from '../servers/proxy.ts';
import { cloudDestination, mixedPipeline } from './cloud-pipeline.ts';
import { init, restoreFolder, run, statuses } from './commands.ts';
import { noRestic, restic, restics } from './restic.ts';
import { differences } from './same-tree.ts';
import { writeSampleTree } from './sample-tree.ts';

export interface Started extends AsyncDisposable {
  readonly port: number;
  /** What the configuration says of the server when it is reached through this port. */
  raw(port: number): Readonly<Record<string, unknown>>;
  readonly secret: string;
  /** For a place that a person signs in to. */
  readonly grants?: GrantStore;
  /** The replica as stock restic names it, and what it needs for that. */
  readonly repository: string;
  readonly resticArgs?: readonly string[];
}

/** Registers the tests in the group that is open. */
export const testNetworkReplica = <Options>(
  plugin: DestinationPlugin<Options>,
  start: (folder: string) => Promise<Started>,
  { missing, prefix }: { readonly missing: string | undefined; readonly prefix?: string },
): void => {
  let server: Started;
  let proxy: Proxy;
  let folder: TemporaryFolder;

  const at = (name: string): string => join(folder.path, name);
  beforeAll(async () => {
    folder = await temporaryFolder();
    if (missing !== undefined) return;
    mkdirSync(at('served'));
    server = await start(at('served'));
    proxy = await startProxy({ port: server.port });
    writeSampleTree(at('files'), { seed: 5, folders: 3, largeBytes: 1_500_000 });
  });
  afterAll(async () => {
    for (const one of [proxy, server, folder]) await one?.[Symbol.asyncDispose]();
  });

  const pipeline = (home: string, disks: readonly string[] = []): Pipeline => {
    const cloud = cloudDestination(plugin, {
      name: 'cloud',
      home: folder.path,
      secret: server.secret,
      grants: server.grants,
      raw: server.raw(proxy.port),
      ...(prefix === undefined ? {} : { prefix }),
    });
    return mixedPipeline(
      { home: at(home), paths: [at('files')], destinations: disks, over: { packBytes: 1024 * 1024 } },
      [cloud],
    );
  };

  it('is written whole over connections that are cut again and again, beside one on a disk', async () => {
    // However few connections there are, one is cut.
    proxy.setPlan((n) => (n % 3 === 0 && proxy.cuts() > 0 ? undefined : { cutUpAfter: 300_000 }));
    await init(pipeline('first', ['disk']));
    const { outcomes } = await run(pipeline('first', ['disk']));
    expect(outcomes.flatMap(({ error }) => error ?? [])).toEqual([]);
    expect(statuses(outcomes)).toEqual({ disk: 'stored', cloud: 'stored' });
    expect(proxy.cuts()).toBeGreaterThan(0);
  });

  it.skipIf(noRestic !== undefined)('passes the check of stock restic, which reads all of it', async () => {
    for (const { program } of restics) {
      const args = [...(server.resticArgs ?? []), 'check', '--read-data'];
      const { code, out } = await restic(server.repository, args, program);
      expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('no errors were found') });
    }
  });

  it('restores alone, on a machine that never saw it, over connections that are cut', async () => {
    const before = proxy.cuts();
    proxy.setPlan((n) => (n % 3 === 0 && proxy.cuts() > before ? undefined : { cutDownAfter: 400_000 }));
    const request = { snapshot: 'latest', folder: at('files'), to: at('restored') };
    const { problems } = await restoreFolder(pipeline('second'), request);
    expect(problems).toEqual([]);
    expect(differences(at('files'), at('restored'))).toEqual([]);
    expect(proxy.cuts()).toBeGreaterThan(before);
  });
};

import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { Pipeline } from '@triplicate/core';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import azure from '@triplicate/dest-azure';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloudDestination, mixedPipeline } from '../kit/cloud-pipeline.ts';
import { init, restoreFolder, run, statuses } from '../kit/commands.ts';
import { noRestic, restic } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { writeSampleTree } from '../kit/sample-tree.ts';
import { type AzureServer, noAzurite, startAzurite } from '../servers/azurite.ts';
import { everyFifth, startWeather, type WeatherStation } from '../servers/weather.ts';

let server: AzureServer;
let weather: WeatherStation;
let folder: TemporaryFolder;

beforeAll(async () => {
  if (noAzurite !== undefined) return;
  [server, folder] = await Promise.all([startAzurite(), temporaryFolder()]);
  weather = await startWeather(server.port);
  await container().create();
  writeSampleTree(at('files'), { seed: 6, folders: 2, largeBytes: 3_000_000 });
});
afterAll(async () => {
  for (const one of [weather, server, folder]) await one?.[Symbol.asyncDispose]();
});

const at = (name: string): string => join(folder.path, name);
const container = (): ContainerClient =>
  new ContainerClient(`${server.endpoint}/backups`, new StorageSharedKeyCredential(server.account, server.accountKey));

/** With what it remembers in a folder of its own. */
const pipeline = (home: string, disks: readonly string[] = []): Pipeline => {
  const { account } = server;
  const endpoint = `http://127.0.0.1:${weather.port}/${account}`;
  const raw = { account, container: 'backups', endpoint, accountKey: { env: 'KEY' } };
  const cloud = cloudDestination(azure, {
    name: 'cloud',
    home: folder.path,
    prefix: 'anna',
    secret: server.accountKey,
    raw,
  });
  return mixedPipeline({ home: at(home), paths: [at('files')], destinations: disks }, [cloud]);
};

const refusal = (code: string, status: number) => ({
  status,
  headers: { 'x-ms-error-code': code },
  body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>bad weather</Message></Error>`,
});

describe.skipIf(noAzurite !== undefined)(`a replica in Azure${noAzurite === undefined ? '' : `: ${noAzurite}`}`, () => {
  it('is written whole through a storm, beside one on a disk', async () => {
    weather.setForecast(
      everyFifth([refusal('ServerBusy', 503), refusal('InternalError', 500), refusal('ServerBusy', 429)]),
    );
    await init(pipeline('first', ['disk']));
    const { outcomes } = await run(pipeline('first', ['disk']));
    expect(statuses(outcomes)).toEqual({ disk: 'stored', cloud: 'stored' });
    expect(weather.hits()).toBeGreaterThan(4);
  });

  it('restores alone, on a machine that never saw it, in a storm and with cut connections', async () => {
    weather.setForecast(({ method, number, path }) => {
      if (method !== 'GET' || !path.includes('/data/'))
        return number % 5 === 0 ? { answer: refusal('ServerBusy', 503) } : undefined;
      return number % 2 === 0 ? { cutAfter: 200_000 } : undefined;
    });
    const options = { snapshot: 'latest', folder: at('files'), to: at('restored') };
    const { problems } = await restoreFolder(pipeline('second'), options);
    expect(problems).toEqual([]);
    expect(differences(at('files'), at('restored'))).toEqual([]);
  });

  // Stock restic speaks to Azure over TLS alone: what lies in the container is brought to a folder for it.
  it.skipIf(noRestic !== undefined)('passes the check of stock restic, blob by blob as it lies there', async () => {
    weather.setForecast(() => undefined);
    const copy = at('copy');
    for await (const { name } of container().listBlobsFlat({ prefix: 'anna/' })) {
      const path = join(copy, name.slice('anna/'.length));
      mkdirSync(dirname(path), { recursive: true });
      await container().getBlobClient(name).downloadToFile(path);
    }
    const { code, out } = await restic(copy, ['--no-lock', 'check', '--read-data']);
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('no errors were found') });
  });
});

import { testDestination } from '@triplicate/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type AzureServer, noAzurite, startAzurite } from '../../../test/servers/azurite.ts';
import { adminOf, openWith, optionsFor } from './kit.ts';

let server: AzureServer;

beforeAll(async () => {
  if (noAzurite !== undefined) return;
  server = await startAzurite();
  await adminOf(server, 'backups').create();
});
afterAll(async () => server?.[Symbol.asyncDispose]());

const key = () => server.accountKey;
const open = (more: Record<string, unknown> = {}) =>
  openWith({ ...optionsFor(server, 'backups'), ...more }, { secret: key() });

describe.skipIf(noAzurite !== undefined)(`with Azurite${noAzurite === undefined ? '' : `: ${noAzurite}`}`, () => {
  testDestination({ describe, it }, 'azure', () => open({ partSize: '8MiB' }), {
    secrets: ['Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='],
    refusals: [
      {
        what: 'a wrong key',
        code: 'AUTH',
        open: () => openWith(optionsFor(server, 'backups'), { secret: Buffer.alloc(64).toString('base64') }),
      },
      { what: 'a container that is not there', code: 'CONFIG_INVALID', open: () => open({ container: 'nowhere' }) },
      {
        what: 'a host that does not answer',
        code: 'UNAVAILABLE',
        open: () => open({ endpoint: 'http://127.0.0.1:9/devstoreaccount1' }),
      },
    ],
  });
});

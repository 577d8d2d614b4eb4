/** Microsoft's own emulator of Azure Blob Storage, on loopback. It is up after a second or two. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, startBounded, untilUp } from './bounded.ts';

const program = resolve(import.meta.dirname, '../../node_modules/azurite/dist/src/blob/main.js');

export const noAzurite = existsSync(program) ? undefined : 'azurite is not installed';

export interface AzureServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly port: number;
  readonly account: string;
  readonly accountKey: string;
}

/** The account that every installation of the emulator has; its key is printed in its documentation. */
const account = 'devstoreaccount1';
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export const startAzurite = async (): Promise<AzureServer> => {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'triplicate-azurite-'));
  started.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const port = await freePort();
  const where = ['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', folder];
  // The SDK speaks a version of the protocol that is newer than the emulator.
  const how = ['--silent', '--disableTelemetry', '--skipApiVersionCheck'];
  const server = started.use(
    startBounded(process.execPath, [program, ...where, ...how], { seconds: 300, cwd: folder }),
  );
  const endpoint = `http://127.0.0.1:${port}/${account}`;
  await untilUp(async () => (await fetch(endpoint)).status > 0, server, { name: 'azurite', seconds: 60 });
  const servers = started.move();
  return { endpoint, port, account, accountKey, [Symbol.asyncDispose]: () => servers.disposeAsync() };
};

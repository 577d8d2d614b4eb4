/** Microsoft's own emulator of Azure Blob Storage, on loopback. It is up after a second or two. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, startBounded, untilUp } from './bounded.ts';
import { answers } from './rclone.ts';

const program = resolve(import.meta.dirname, '../../node_modules/azurite/dist/src/blob/main.js');

export const noAzurite = existsSync(program) ? undefined : 'azurite is not installed';

export interface AzureServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly port: number;
  readonly account: string;
  readonly accountKey: string;
}

/** Not the emulator's usual account, which stock restic looks for at a port of its own. */
const account = 'annasbackups';
export const azuriteKey = Buffer.from('not a secret, but alone on loopback: sixty-four bytes, as in Azure').toString(
  'base64',
);

export interface AzuriteOptions {
  /** How long it lives at most. */
  readonly seconds?: number;
  /** Files (PEM): it speaks TLS alone then, and takes tokens of Entra ID, of which it checks all but the signature. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export const startAzurite = async ({ seconds = 300, tls }: AzuriteOptions = {}): Promise<AzureServer> => {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'triplicate-azurite-'));
  started.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const port = await freePort();
  const where = ['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', folder];
  // The SDK speaks a version of the protocol that is newer than the emulator.
  const how = ['--silent', '--disableTelemetry', '--skipApiVersionCheck'];
  const secure = tls === undefined ? [] : ['--cert', tls.cert, '--key', tls.key, '--oauth', 'basic'];
  const env = { AZURITE_ACCOUNTS: `${account}:${azuriteKey}` };
  const server = started.use(
    startBounded(process.execPath, [program, ...where, ...how, ...secure], { seconds, cwd: folder, env }),
  );
  const endpoint = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/${account}`;
  const up = tls === undefined ? async () => (await fetch(endpoint)).status > 0 : () => answers(port);
  await untilUp(up, server, { name: 'azurite', seconds: 60 });
  const servers = started.move();
  return { endpoint, port, account, accountKey: azuriteKey, [Symbol.asyncDispose]: () => servers.disposeAsync() };
};

/** Every provider as the campaign `weather` meets it: a server, the way to it through a port, and what it answers on a bad day. */
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import {
  type Clock,
  defaultRetryPolicy,
  type DestinationPlugin,
  MemoryGrantStore,
  type PipelineDestination,
} from '@triplicate/core';
import azure from '@triplicate/dest-azure';
import dropbox from '@triplicate/dest-dropbox';
import gdrive, { type GdriveOptions, openGdriveAt } from '@triplicate/dest-gdrive';
import onedrive from '@triplicate/dest-onedrive';
import rest from '@triplicate/dest-rest';
import s3 from '@triplicate/dest-s3';
import webdav from '@triplicate/dest-webdav';
import { type CloudOptions, cloudDestination } from '../kit/cloud-pipeline.ts';
import { noAzurite, startAzurite } from '../servers/azurite.ts';
import { startDropbox } from '../servers/dropbox/server.ts';
import { clientId, grantsFor, leadTo, refusal, startGoogle } from '../servers/google-drive/google.ts';
import { noNginx, startNginx } from '../servers/nginx.ts';
import { type OAuthServer, startOAuthServer } from '../servers/oauth.ts';
import { startOnedrive } from '../servers/onedrive/server.ts';
import { noRadosgw, startRadosgw } from '../servers/radosgw.ts';
import { noRclone, rcloneUser, startRclone } from '../servers/rclone.ts';
import type { Weather } from '../servers/weather.ts';
import { webUser } from '../servers/web-user.ts';

type Answer = NonNullable<Weather['answer']>;

export interface StartedProvider extends AsyncDisposable {
  readonly port: number;
  /** A destination that is reached through this port. */
  destination(options: Way): PipelineDestination;
}

export interface Way {
  readonly port: number;
  readonly home: string;
  readonly clock: Clock;
  /** A place of its own in the account. */
  readonly place: string;
}

export interface Provider {
  readonly name: string;
  readonly missing: string | undefined;
  /** What a request takes there before anything happens; about what people see from their homes. */
  readonly latencyMs: number;
  readonly refusals: readonly Answer[];
  start(folder: string): Promise<StartedProvider>;
}

const xml = (code: string, status: number, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/xml', ...headers },
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>bad weather</Message></Error>`,
});
const plain = [503, 500, 429, 502].map((status): Answer => ({ status, body: 'bad weather' }));

const cloud = <Options>(plugin: DestinationPlugin<Options>, way: Way, more: Omit<CloudOptions, 'name' | 'home'>) =>
  cloudDestination(plugin, { name: 'cloud', home: way.home, clock: way.clock, retry: defaultRetryPolicy, ...more });

const grantOf = (oauth: OAuthServer): MemoryGrantStore =>
  new MemoryGrantStore({
    version: 1,
    refreshToken: oauth.issueRefreshToken(),
    clientId,
    scope: '',
    granted: '2026-11-29T08:00:00Z',
  });

const all =
  (...parts: readonly AsyncDisposable[]): (() => Promise<void>) =>
  async () => {
    for (const part of parts) await part[Symbol.asyncDispose]();
  };

const amazon: Provider = {
  name: 's3',
  missing: noRadosgw,
  latencyMs: 60,
  refusals: [xml('SlowDown', 503), xml('InternalError', 500), xml('TooManyRequests', 429), plain[3] ?? { status: 502 }],
  async start() {
    const server = await startRadosgw({ seconds: 900 });
    await server.makeBucket('backups');
    const { accessKeyId, port, secretAccessKey: secret } = server;
    const destination = (way: Way): PipelineDestination => {
      const endpoint = `http://127.0.0.1:${way.port}`;
      const raw = { bucket: 'backups', endpoint, accessKeyId, secretAccessKey: { env: 'SECRET' } };
      return cloud(s3, way, { prefix: way.place, secret, raw });
    };
    return { port, destination, [Symbol.asyncDispose]: all(server) };
  },
};

const microsoft: Provider = {
  name: 'azure',
  missing: noAzurite,
  latencyMs: 60,
  refusals: (
    [
      ['ServerBusy', 503],
      ['InternalError', 500],
      ['ServerBusy', 429],
    ] as const
  ).map(([code, status]) => xml(code, status, { 'x-ms-error-code': code })),
  async start() {
    const server = await startAzurite({ seconds: 900 });
    const { account, accountKey: secret, endpoint, port } = server;
    await new ContainerClient(`${endpoint}/backups`, new StorageSharedKeyCredential(account, secret)).create();
    const destination = (way: Way): PipelineDestination => {
      const through = `http://127.0.0.1:${way.port}/${account}`;
      const raw = { account, container: 'backups', endpoint: through, accountKey: { env: 'SECRET' } };
      return cloud(azure, way, { prefix: way.place, secret, raw });
    };
    return { port, destination, [Symbol.asyncDispose]: all(server) };
  },
};

const google: Provider = {
  name: 'gdrive',
  missing: undefined,
  latencyMs: 300,
  refusals: [
    refusal(403, 'userRateLimitExceeded'),
    refusal(429, 'rateLimitExceeded'),
    refusal(500, 'backendError'),
    refusal(503, 'backendError'),
  ],
  async start() {
    const server = await startGoogle();
    const destination = (way: Way): PipelineDestination => {
      const plugin: DestinationPlugin<GdriveOptions> = {
        ...gdrive,
        open: (own, context) => openGdriveAt(own, { ...context, grants: grantsFor(server) }, leadTo(server, way.port)),
      };
      return cloud(plugin, way, { secret: '', raw: { folder: `Backups/${way.place}`, clientId } });
    };
    return { port: server.drive.port, destination, [Symbol.asyncDispose]: all(server) };
  },
};

const box = (reason: string): Answer => ({
  status: 429,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error_summary: reason, error: { reason: { '.tag': reason } } }),
});

const dropboxes: Provider = {
  name: 'dropbox',
  missing: undefined,
  latencyMs: 300,
  refusals: [box('too_many_requests'), { status: 503 }, box('too_many_write_operations'), { status: 500 }],
  async start() {
    const oauth = await startOAuthServer({ clientId });
    const server = await startDropbox({ oauth });
    const destination = (way: Way): PipelineDestination => {
      const raw = { clientId, endpoint: `http://127.0.0.1:${way.port}`, folder: 'Backups' };
      return cloud(dropbox, way, { prefix: way.place, secret: '', grants: grantOf(oauth), raw });
    };
    return { port: server.port, destination, [Symbol.asyncDispose]: all(server, oauth) };
  },
};

const graph = (status: number, code: string): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: { code, message: 'bad weather' } }),
});

const onedrives: Provider = {
  name: 'onedrive',
  missing: undefined,
  latencyMs: 300,
  refusals: [graph(429, 'activityLimitReached'), graph(503, 'serviceNotAvailable'), graph(500, 'generalException')],
  async start() {
    const oauth = await startOAuthServer({ clientId });
    const server = await startOnedrive({ oauth });
    server.now.refusesTokens = false;
    const destination = (way: Way): PipelineDestination => {
      const url = `http://127.0.0.1:${way.port}`;
      const raw = { clientId, endpoint: `${url}/v1.0`, authority: `${url}/common`, access: 'drive', folder: 'Backups' };
      return cloud(onedrive, way, { prefix: way.place, secret: '', grants: grantOf(oauth), raw });
    };
    return { port: server.port, destination, [Symbol.asyncDispose]: all(server, oauth) };
  },
};

const nginx: Provider = {
  name: 'webdav',
  missing: noNginx,
  latencyMs: 60,
  refusals: plain,
  async start(folder) {
    const server = await startNginx(folder);
    const destination = (way: Way): PipelineDestination => {
      const { password: secret, username } = webUser;
      const raw = { url: `http://127.0.0.1:${way.port}/backups`, username, password: { env: 'SECRET' } };
      return cloud(webdav, way, { prefix: way.place, secret, raw });
    };
    return { port: server.port, destination, [Symbol.asyncDispose]: all(server) };
  },
};

const restServer: Provider = {
  name: 'rest',
  missing: noRclone,
  latencyMs: 60,
  refusals: plain,
  async start(folder) {
    const server = await startRclone('restic', { folder, user: rcloneUser });
    const destination = (way: Way): PipelineDestination => {
      const { password: secret, username } = rcloneUser;
      const raw = { url: `http://127.0.0.1:${way.port}/backups/`, username, password: { env: 'SECRET' } };
      return cloud(rest, way, { prefix: way.place, secret, raw });
    };
    return { port: server.port, destination, [Symbol.asyncDispose]: all(server) };
  },
};

/** SFTP has no answers of this kind: its weather is connections that are cut (`test/interop/sftp.test.ts`). */
export const providers: readonly Provider[] = [amazon, microsoft, google, dropboxes, onedrives, nginx, restServer];

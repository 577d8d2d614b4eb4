/** Five destinations of five kinds: a folder, S3 on Ceph's gateway, Azure on its emulator, a Google Drive, and an SFTP server. */
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { type DestinationPlugin, FileState, type Pipeline, type PipelineDestination } from '@triplicate/core';
import azure from '@triplicate/dest-azure';
import gdrive, { type GdriveOptions, openGdriveAt } from '@triplicate/dest-gdrive';
import s3 from '@triplicate/dest-s3';
import sftp from '@triplicate/dest-sftp';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AzureServer, noAzurite, startAzurite } from '../servers/azurite.ts';
import { clientId, type Google, grantsFor, leadTo, startGoogle } from '../servers/google-drive/google.ts';
import { noRadosgw, type S3Server, startRadosgw } from '../servers/radosgw.ts';
import { noRclone } from '../servers/rclone.ts';
import { noSshd, type SshServer, startSshd } from '../servers/sshd.ts';
import { noTlsProxy, startTlsProxy, type TlsProxy } from '../servers/tls-proxy.ts';
import { cloudDestination, mixedPipeline } from './cloud-pipeline.ts';

export const noFiveKinds = noRadosgw ?? noAzurite ?? noSshd;

export const fiveKinds = ['disk', 's3', 'azure', 'gdrive', 'sftp'] as const;
export type FiveKind = (typeof fiveKinds)[number];

/** A replica as stock restic reaches it. */
export interface ResticView {
  readonly repository: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Why restic cannot reach it on this machine. */
  readonly missing?: string | undefined;
}

export interface FiveKindsOptions {
  /** Where everything goes that has a place. */
  readonly folder: string;
  /** How long the servers live at most. */
  readonly seconds?: number;
}

export interface FivePipelineOptions {
  readonly machine: string;
  readonly only?: readonly FiveKind[];
  readonly paths: readonly string[];
  readonly over?: Partial<Pipeline>;
}

const bucket = 'backups';
const prefix = 'anna';

export class FiveKinds implements AsyncDisposable {
  readonly google: Google;
  readonly #folder: string;
  readonly #s3: S3Server;
  readonly #azure: AzureServer;
  readonly #sshd: SshServer;
  readonly #proxy: TlsProxy | undefined;
  readonly #servers: AsyncDisposableStack;

  private constructor(folder: string, parts: Parts, servers: AsyncDisposableStack) {
    this.#folder = folder;
    this.google = parts.google;
    this.#s3 = parts.s3;
    this.#azure = parts.azure;
    this.#sshd = parts.sshd;
    this.#proxy = parts.proxy;
    this.#servers = servers;
  }

  static async start({ folder, seconds = 300 }: FiveKindsOptions): Promise<FiveKinds> {
    await using started = new AsyncDisposableStack();
    for (const name of ['judge', 'served']) mkdirSync(join(folder, name));
    const parts = {
      google: started.use(await startGoogle()),
      azure: started.use(await startAzurite({ seconds })),
      sshd: started.use(await startSshd({ seconds })),
      s3: started.use(await startRadosgw({ seconds })),
    };
    await parts.s3.makeBucket(bucket);
    const { account, accountKey, endpoint, port } = parts.azure;
    await new ContainerClient(`${endpoint}/${bucket}`, new StorageSharedKeyCredential(account, accountKey)).create();
    const hosts = {
      'www.googleapis.com': parts.google.drive.port,
      [`${account}.blob.core.windows.net`]: port,
    };
    const proxy =
      noTlsProxy === undefined ? started.use(await startTlsProxy({ hosts, folder: join(folder, 'judge') })) : undefined;
    return new FiveKinds(folder, { ...parts, proxy }, started.move());
  }

  /** What a machine of this name makes of its configuration, which names all of them or `only` some. */
  pipeline({ machine, only = fiveKinds, paths, over }: FivePipelineOptions): Pipeline {
    const home = join(this.#folder, machine);
    const clouds = only.flatMap((kind) => (kind === 'disk' ? [] : [this.#cloud(kind, home)]));
    const disks = only.filter((kind) => kind === 'disk');
    // The disk is the same for every machine, what they remember is not.
    const own = { state: new FileState(join(home, 'state'), 'test'), ...over };
    return mixedPipeline({ home: this.#folder, paths, destinations: disks, over: own }, clouds);
  }

  #cloud(kind: Exclude<FiveKind, 'disk'>, home: string): PipelineDestination {
    const common = { name: kind, home };
    const local = '127.0.0.1';
    if (kind === 's3') {
      const { accessKeyId, endpoint, secretAccessKey: secret } = this.#s3;
      const raw = { bucket, endpoint, accessKeyId, secretAccessKey: { env: 'SECRET' } };
      return cloudDestination(s3, { ...common, prefix, secret, raw });
    }
    if (kind === 'azure') {
      const { account, accountKey: secret, endpoint } = this.#azure;
      const raw = { account, container: bucket, endpoint, accountKey: { env: 'SECRET' } };
      return cloudDestination(azure, { ...common, prefix, secret, raw });
    }
    if (kind === 'sftp') {
      const { fingerprint, key, port, user } = this.#sshd;
      const raw = { host: local, port, user, key, fingerprint, path: join(this.#folder, 'served') };
      return cloudDestination(sftp, { ...common, prefix, secret: '', raw });
    }
    const { google } = this;
    const plugin: DestinationPlugin<GdriveOptions> = {
      ...gdrive,
      open: (own, context) => openGdriveAt(own, { ...context, grants: grantsFor(google) }, leadTo(google)),
    };
    return cloudDestination(plugin, { ...common, secret: '', raw: { folder: `Backups/${prefix}`, clientId } });
  }

  /** What stock restic needs to open the replica; those that it reaches by TLS alone through a proxy that ends it. */
  resticView(kind: FiveKind): ResticView {
    if (kind === 'disk') return { repository: join(this.#folder, 'disk'), args: [], env: {} };
    if (kind === 's3') {
      const { accessKeyId, endpoint, secretAccessKey } = this.#s3;
      const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
      return { repository: `s3:${endpoint}/${bucket}/${prefix}`, args: [], env };
    }
    if (kind === 'sftp') {
      const { key, knownHosts, port, user } = this.#sshd;
      const ssh = `ssh -i ${key} -o UserKnownHostsFile=${knownHosts} -o StrictHostKeyChecking=yes -p ${port} ${user}@127.0.0.1 -s sftp`;
      const repository = `sftp:${user}@127.0.0.1:${join(this.#folder, 'served', prefix)}`;
      return { repository, args: ['-o', `sftp.command=${ssh}`], env: {} };
    }
    return kind === 'azure' ? this.#azureView() : this.#driveView();
  }

  #azureView(): ResticView {
    const { account, accountKey } = this.#azure;
    const env = { ...this.#proxy?.env, AZURE_ACCOUNT_NAME: account, AZURE_ACCOUNT_KEY: accountKey };
    const args = ['--cacert', this.#proxy?.ca ?? ''];
    return { repository: `azure:${bucket}:/${prefix}`, args, env, missing: noTlsProxy };
  }

  #driveView(): ResticView {
    this.google.oauth.letIn('judge');
    const config = join(this.#folder, 'judge', 'rclone.conf');
    const token = JSON.stringify({ access_token: 'judge', token_type: 'Bearer', expiry: '2100-01-01T00:00:00Z' });
    writeFileSync(
      config,
      `[judge]\ntype = drive\nscope = drive\nclient_id = x\nclient_secret = y\ntoken = ${token}\n`,
      { mode: 0o600 },
    );
    const env = {
      ...this.#proxy?.env,
      RCLONE_CONFIG: config,
      RCLONE_CA_CERT: this.#proxy?.ca ?? '',
      RCLONE_DRIVE_PACER_MIN_SLEEP: '1ms',
    };
    return { repository: `rclone:judge:Backups/${prefix}`, args: [], env, missing: noTlsProxy ?? noRclone };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#servers.disposeAsync();
  }
}

interface Parts {
  readonly google: Google;
  readonly s3: S3Server;
  readonly azure: AzureServer;
  readonly sshd: SshServer;
  readonly proxy: TlsProxy | undefined;
}

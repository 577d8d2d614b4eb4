/** A real S3 server: Ceph's object gateway over one monitor and one store, on loopback. It is up after some six seconds. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { S3 } from '@aws-sdk/client-s3';
import { freePort, isInstalled, startBounded, untilUp } from './bounded.ts';

const exec = promisify(execFile);

export const noRadosgw = ['radosgw', 'ceph-mon', 'ceph-osd'].every((program) => isInstalled(program, '--version'))
  ? undefined
  : 'radosgw, ceph-mon and ceph-osd are not installed';

export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** An empty bucket of the first user; one with object lock keeps versions as well. */
  makeBucket(name: string, options?: { readonly lockable?: boolean }): Promise<void>;
  /** The requests for a bucket until now, as the gateway's own log has them: `METHOD /bucket/key?query`. */
  requests(bucket: string): Promise<readonly string[]>;
  /** Another user of the service, who may do nothing in the buckets of the first. */
  addUser(name: string): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }>;
}

const fsid = '11111111-2222-3333-4444-555555555555';
const osdId = '22222222-2222-3333-4444-555555555555';
const libraries = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/rados-classes`;

interface Ports {
  readonly v1: number;
  readonly v2: number;
  readonly gateway: number;
}

/**
 * Without authentication between its parts the gateway hangs; the path of the classes has to be absolute. The monitor, which has nobody to
 * agree with, decides at once instead of once a second: that is two thirds of the start.
 */
const configuration = (folder: string, { gateway, v1, v2 }: Ports, storeBytes: number): string => `[global]
fsid = ${fsid}
mon_host = [v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_allow_insecure_global_id_reclaim = false
run_dir = ${folder}
admin_socket = ${folder}/$name.asok
log_file = ${folder}/$name.log
keyring = ${folder}/keyring
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
osd_crush_chooseleaf_type = 0
mon_data = ${folder}/mon
osd_data = ${folder}/osd
osd_class_dir = ${libraries}
${storeOf(storeBytes)}osd_memory_target = 939524096
mon_initial_members = a
mon_data_avail_crit = 1
mon_data_avail_warn = 2
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
mon_tick_interval = 1
osd_tick_interval = 1
rgw_frontends = beast endpoint=127.0.0.1:${gateway}
rgw_dns_name = localhost
rgw_bucket_index_max_aio = 8
`;

const mostInMemory = 2 * 1024 ** 3;

/** In memory as long as it is small, else in a sparse file. */
const storeOf = (bytes: number): string =>
  bytes <= mostInMemory
    ? `osd_objectstore = memstore\nmemstore_device_bytes = ${mostInMemory}\n`
    : `osd_objectstore = bluestore\nbluestore_block_size = ${bytes}\nbluestore_cache_size = 268435456\n`;

export interface RadosgwOptions {
  /** How much it can take. */
  readonly storeBytes?: number;
  /** When it ends by itself. */
  readonly seconds?: number;
}

export const startRadosgw = async ({
  storeBytes = mostInMemory,
  seconds = 300,
}: RadosgwOptions = {}): Promise<S3Server> => {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'triplicate-ceph-'));
  started.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const ports: Ports = { v1: await freePort(), v2: await freePort(), gateway: await freePort() };
  const conf = join(folder, 'ceph.conf');
  await writeFile(conf, configuration(folder, ports, storeBytes));
  await prepare(folder, conf, ports);
  const run = (program: string, ...args: string[]) =>
    started.use(startBounded(program, ['-c', conf, '-f', ...args], { seconds, cwd: folder }));
  run('ceph-mon', '-i', 'a');
  await exec('ceph', ['-c', conf, '-n', 'client.admin', 'osd', 'new', osdId, '0'], { timeout: 60_000 });
  await exec('ceph-osd', ['-c', conf, '-i', '0', '--mkfs', '--osd-uuid', osdId], { timeout: 60_000 });
  run('ceph-osd', '-i', '0');
  const gateway = run('radosgw', '-n', 'client.rgw.a', '-k', join(folder, 'keyring'));
  const endpoint = `http://127.0.0.1:${ports.gateway}`;
  await untilUp(async () => (await fetch(endpoint)).ok, gateway, { name: 'radosgw', seconds: 120 });
  const own = { accessKeyId: 'TRIPLICATETEST', secretAccessKey: 'notasecretbutalongone' };
  await createUser(conf, 'first', own);
  const servers = started.move();
  return {
    endpoint,
    port: ports.gateway,
    ...own,
    makeBucket: (name, { lockable = false } = {}) => makeBucket(endpoint, name, { ...own, lockable }),
    requests: async (bucket) => requestsOf(await readFile(join(folder, 'client.rgw.a.log'), 'utf8'), bucket),
    async addUser(name) {
      const user = { accessKeyId: `KEYOF${name.toUpperCase()}`, secretAccessKey: `secretof${name}andmore` };
      await createUser(conf, name, user);
      return user;
    },
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  };
};

const requestsOf = (log: string, bucket: string): string[] =>
  [...log.matchAll(/ beast: .*? "([A-Z]+ \/([^/? ]+)[^ ]*) HTTP/g)].flatMap(([, request = '', name]) =>
    name === bucket ? [request] : [],
  );

/** Keys, and the monitor's first map. */
const prepare = async (folder: string, conf: string, { v1, v2 }: Ports): Promise<void> => {
  await Promise.all(['mon', 'osd'].map((name) => mkdir(join(folder, name))));
  const keyring = join(folder, 'keyring');
  await exec('ceph-authtool', ['--create-keyring', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *']);
  for (const name of ['client.admin', 'client.rgw.a', 'osd.0']) {
    const caps = ['mon', 'osd', 'mgr'].flatMap((what) => ['--cap', what, 'allow *']);
    await exec('ceph-authtool', [keyring, '--gen-key', '-n', name, ...caps]);
  }
  const map = join(folder, 'monmap');
  const address = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
  await exec('monmaptool', ['--create', '--addv', 'a', address, '--fsid', fsid, map]);
  await exec('ceph-mon', ['-c', conf, '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring]);
};

const createUser = async (
  conf: string,
  name: string,
  { accessKeyId, secretAccessKey }: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<void> => {
  const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
  await exec('radosgw-admin', ['-c', conf, 'user', 'create', '--uid', name, '--display-name', name, ...keys], {
    timeout: 60_000,
  });
};

interface BucketOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly lockable: boolean;
}

const makeBucket = async (endpoint: string, name: string, options: BucketOptions): Promise<void> => {
  const { lockable, ...credentials } = options;
  const admin = new S3({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await admin.createBucket({ Bucket: name, ObjectLockEnabledForBucket: lockable });
  admin.destroy();
};

import { setTimeout as pause } from 'node:timers/promises';
import { type S3Server, startRadosgw } from '../../test/servers/radosgw.ts';
import { bytesBelow } from '../data/files.ts';
import type { Who } from '../report/samples.ts';
import { type Command, run } from '../tools/measure.ts';
import type { TriplicateSetup } from '../tools/triplicate.ts';
import type { Bench } from './bench.ts';
import { works } from './names.ts';

const gigabyte = 1e9;
const serverSeconds = 1200;
/** All contestants' buckets of one round, and what the server needs for itself. */
const serverBytes = 8 * 1024 ** 3;
/** The gateway's log is written a moment after the answer. */
const logMs = 2000;

/** First backups into buckets of their own, each round on a new server; and a plain copy by rclone, which neither encrypts nor compresses. */
export const s3Uploads = async (bench: Bench, data: string, rclone: string | undefined): Promise<void> => {
  const size = bytesBelow(data);
  for (let round = 0; round < bench.parts.rounds; round += 1) {
    await using server = await startRadosgw({ seconds: serverSeconds, storeBytes: serverBytes });
    const upload = new Uploads(bench, { server, data, round, size });
    await upload.prepare();
    const contestants = [() => upload.ours(), () => upload.restic(), () => upload.rclone(rclone)];
    // Each time another one begins, since the server fills.
    const first = round % contestants.length;
    for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) await contestant();
    await upload.judge();
    bench.remove('s3');
  }
};

interface UploadsOptions {
  readonly server: S3Server;
  readonly data: string;
  readonly round: number;
  readonly size: number;
}

/** One round. */
class Uploads {
  readonly #bench: Bench;
  readonly #options: UploadsOptions;
  readonly #setup: TriplicateSetup;

  constructor(bench: Bench, options: UploadsOptions) {
    this.#bench = bench;
    this.#options = options;
    this.#setup = bench.setup('s3', options.data);
  }

  /** Both repositories are made by our `init`, so that the key files of both ask for the same scrypt cost. */
  async prepare(): Promise<void> {
    for (const bucket of ['ours', 'restic', 'rclone']) await this.#options.server.makeBucket(bucket);
    this.#setup.aimAt({ ours: this.#destination('ours'), restic: this.#destination('restic') });
    await run(this.#withKeys(this.#setup.command('init')));
    this.#setup.aimAt({ ours: this.#destination('ours') });
  }

  #destination(bucket: string): string {
    return `{ type: s3, bucket: ${bucket}, endpoint: ${JSON.stringify(this.#options.server.endpoint)} }`;
  }

  /** Everyone finds the keys where AWS's own tools look for them. */
  #withKeys(command: Command): Command {
    const { accessKeyId, secretAccessKey } = this.#options.server;
    // The library in rclone cannot join a bundle of certificates to what it has; here is no TLS.
    const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_CA_BUNDLE: '' };
    return { ...command, env: { ...command.env, ...keys } };
  }

  ours(): Promise<void> {
    return this.#measure('triplicate', 'ours', this.#setup.command('backup'));
  }

  async restic(): Promise<void> {
    const { restic } = this.#bench.parts;
    if (restic) await this.#measure('restic', 'restic', restic.backup(this.#repository('restic'), this.#options.data));
  }

  async rclone(program: string | undefined): Promise<void> {
    if (program === undefined) return;
    const { data, server } = this.#options;
    const remote = `:s3,provider=Ceph,env_auth,endpoint="${server.endpoint}":rclone`;
    await this.#measure('rclone', 'rclone', { program, args: ['--config', '/dev/null', 'copy', data, remote] });
  }

  #repository(bucket: string): string {
    return `s3:${this.#options.server.endpoint}/${bucket}`;
  }

  async #measure(who: Who, bucket: string, command: Command): Promise<void> {
    const { round, server, size } = this.#options;
    await pause(logMs);
    const before = (await server.requests(bucket)).length;
    const cost = await this.#bench.cost(this.#withKeys(command));
    await pause(logMs);
    const requests = (await server.requests(bucket)).length - before;
    this.#bench.add({ work: works.uploadS3, who, round, cost, requestsPerGigabyte: (requests / size) * gigabyte });
    this.#bench.parts.say(`  ${requests} requests for ${(size / gigabyte).toFixed(2)} GB`);
  }

  async judge(): Promise<void> {
    const { restic, say } = this.#bench.parts;
    if (restic === undefined) return;
    await run(this.#withKeys(restic.command(this.#repository('ours'), 'check', '--read-data')));
    say('restic check --read-data: no errors in our bucket');
  }
}

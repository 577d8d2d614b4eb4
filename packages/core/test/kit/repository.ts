/** A whole pipeline in memory: a source made of a map of files, and destinations that a test can break. */
import { bytesFromText, type BytePath } from '../../src/bytes.ts';
import { systemClock } from '../../src/clock.ts';
import { hastyClock } from '../../src/testing/hasty-clock.ts';
import type { Destination } from '../../src/destination/destination.ts';
import { BackupError } from '../../src/errors.ts';
import type { RunEvent } from '../../src/events.ts';
import { backup, type BackupReport, type BackupRequest } from '../../src/run/backup.ts';
import { initRepository, type InitReport } from '../../src/run/init.ts';
import type { Pipeline, PipelineDestination } from '../../src/run/pipeline.ts';
import { MemoryState } from '../../src/run/pipeline-state.ts';
import { Session } from '../../src/run/session.ts';
import { readContent } from '../../src/snapshot/snapshot-reader.ts';
import { walkTree } from '../../src/snapshot/walk-tree.ts';
import type { EntryInfo, Source } from '../../src/source/source.ts';
import { planChain, type ChainStep } from '../../src/transform/chain.ts';
import { firstPartyTransforms } from '../../src/transform/first-party.ts';

/** Cheap on purpose: what scrypt costs is tested elsewhere. */
export const cheapScrypt = { N: 1024, r: 8, p: 1 };

export type Files = ReadonlyMap<string, Uint8Array>;

/** Paths with `/`; every file is a stream, as a phone would send it. Unchanged content (the same array) is kept when it can be. */
export const mapSource = (files: () => Files, options: { readonly base?: 'empty' | 'previous' } = {}): Source => {
  const seen = new Map<string, Uint8Array>();
  return {
    label: 'a map',
    identity: { host: 'test', paths: ['/map'] },
    base: options.base ?? 'empty',
    async capture(builder, { signal }) {
      const now = files();
      for (const [text, bytes] of now) {
        const path = bytesFromText(text) as BytePath;
        const info: EntryInfo = { mode: 0o644, mtimeNs: 1_700_000_000_000_000_000n, size: bytes.byteLength };
        const previous = seen.get(text) === bytes ? await builder.previous?.node(path) : undefined;
        if (previous && (await builder.keep(path, previous, info)) === 'kept') continue;
        await builder.putFile(path, info, pieces(bytes), { signal });
      }
      if (options.base === 'previous') {
        for (const text of seen.keys()) if (!now.has(text)) await builder.remove(bytesFromText(text) as BytePath);
      }
      seen.clear();
      for (const [text, bytes] of now) seen.set(text, bytes);
      return {};
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
};

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 100_000) yield bytes.subarray(at, at + 100_000);
}

type OnRetry = Parameters<PipelineDestination['open']>[1];

export interface TestPipeline {
  readonly pipeline: Pipeline;
  readonly events: RunEvent[];
}

export interface TestPipelineOptions extends Partial<Omit<Pipeline, 'destinations' | 'sources'>> {
  readonly sources?: Readonly<Record<string, () => Source>>;
  readonly destinations: Readonly<Record<string, (onRetry?: OnRetry) => Destination | Promise<Destination>>>;
  readonly removable?: readonly string[];
  readonly steps?: readonly ChainStep[];
}

export const testPipeline = (options: TestPipelineOptions): TestPipeline => {
  const events: RunEvent[] = [];
  const { sources = {}, destinations, removable = [], steps = [{ type: 'compress', options: {} }], ...rest } = options;
  const encrypt = { type: 'encrypt', options: { password: { env: 'PASSWORD' } } };
  const planned = planChain([{ type: 'dedupe', options: { average: '64KiB' } }, ...steps, encrypt], (type) => {
    const plugin = firstPartyTransforms.find((candidate) => candidate.type === type);
    return plugin && { plugin };
  });
  if ('problems' in planned) throw new TypeError(JSON.stringify(planned.problems));
  const places = Object.entries(destinations).map(([name, open]): PipelineDestination => ({
    name,
    removable: removable.includes(name),
    offsite: false,
    readOnly: false,
    media: 'hdd',
    open: async (_, onRetry) => open(onRetry),
  }));
  const pipeline: Pipeline = {
    name: 'test',
    sources: Object.entries(sources).map(([name, open]) => ({ name, open: async () => open() })),
    destinations: places,
    chain: planned.chain,
    quorum: 1,
    pace: 'fastest',
    password: () => Promise.resolve('correct horse'),
    host: { hostname: 'test', username: 'tester', uid: 0, gid: 0, pid: process.pid },
    // No test has another that locks at the same moment, or a destination that opens a few seconds later.
    clock: hastyClock(systemClock, 5000),
    state: new MemoryState(),
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    threads: 1,
    patienceMs: 60_000,
    packBytes: 1024 * 1024,
    programVersion: 'triplicate test',
    ...rest,
  };
  return { pipeline, events };
};

export const init = (pipeline: Pipeline): Promise<InitReport> => initRepository(pipeline, { scrypt: cheapScrypt });

export const run = (pipeline: Pipeline, request: Partial<BackupRequest> = {}): Promise<BackupReport> =>
  backup(pipeline, { tags: [], force: false, dryRun: false, wait: 'all', ...request });

/** Every file of a snapshot as one replica alone gives it. */
export const readBack = async (pipeline: Pipeline, destination: string, id?: string): Promise<Map<string, Buffer>> => {
  await using session = await Session.open(pipeline, { lock: 'read', only: new Set([destination]) });
  const snapshot =
    id === undefined ? session.snapshots.at(-1) : session.snapshots.find((candidate) => candidate.id === id);
  if (!snapshot) throw new BackupError('NOT_FOUND', `no snapshot on ${destination}`);
  const files = new Map<string, Buffer>();
  for await (const { path, node } of walkTree(session.trees, snapshot.file.tree)) {
    if (node.type !== 'file') continue;
    const parts: Uint8Array[] = [];
    for await (const part of readContent(session.blobs, node.content ?? [], { signal: pipeline.signal }))
      parts.push(part);
    files.set(Buffer.from(path, 'latin1').toString('utf8'), Buffer.concat(parts));
  }
  return files;
};

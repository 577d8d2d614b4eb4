/** A pipeline over real folders: the files source and local destinations, put together without a configuration. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  FileState,
  type Destination,
  type Log,
  type Pipeline,
  type PluginContext,
  type RunEvent,
  planChain,
  firstPartyTransforms,
  systemClock,
  wrapDestination,
} from '@triplicate/core';
import { hastyClock } from '@triplicate/core/testing';
import localPlugin from '@triplicate/dest-local';
import filesPlugin from '@triplicate/source-files';

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
export const password = 'correct horse battery staple';
/** As cheap as restic accepts; what scrypt costs is tested elsewhere. */
export const cheapScrypt = { N: 1024, r: 8, p: 1 };

export interface LocalPipelineOptions {
  /** Folders to back up, as the source `files`. */
  readonly paths?: readonly string[];
  /** Folders by the name of their source, where there is more than one. */
  readonly sources?: Readonly<Record<string, readonly string[]>>;
  /** Holds one folder for each destination, and `state`. */
  readonly home: string;
  readonly destinations: readonly string[];
  /** Options of each source besides its paths. */
  readonly files?: Readonly<Record<string, unknown>>;
  readonly chunker?: 'fastcdc' | 'rabin';
  /** Stands between the adapter and the engine. */
  readonly wrap?: (name: string, destination: Destination) => Destination;
  readonly emit?: (event: RunEvent) => void;
  readonly over?: Partial<Pipeline>;
}

export const localPipeline = (options: LocalPipelineOptions): Pipeline => {
  const { home, paths = [], destinations, chunker = 'fastcdc', wrap } = options;
  const signal = options.over?.signal ?? new AbortController().signal;
  const context = (name: string): PluginContext => ({
    name,
    signal,
    log: quiet,
    clock: systemClock,
    secret: () => Promise.reject(new TypeError('no secret here')),
    configDirectory: home,
    cacheDirectory: join(home, 'cache'),
    stateDirectory: join(home, 'state'),
  });
  const steps = [
    { type: 'dedupe', options: { chunker } },
    { type: 'compress', options: {} },
    { type: 'encrypt', options: { password: { env: 'PASSWORD' } } },
  ];
  const planned = planChain(steps, (type) => {
    const plugin = firstPartyTransforms.find((candidate) => candidate.type === type);
    return plugin && { plugin };
  });
  if ('problems' in planned) throw new TypeError(JSON.stringify(planned.problems));
  return {
    name: 'test',
    sources: Object.entries(options.sources ?? { files: paths }).map(([source, folders]) => ({
      name: source,
      open: () => filesPlugin.open(filesPlugin.options.parse({ paths: folders, ...options.files }), context(source)),
    })),
    destinations: destinations.map((name) => ({
      name,
      removable: false,
      offsite: false,
      readOnly: false,
      media: 'hdd',
      open: async () => {
        const adapter = await localPlugin.open(
          localPlugin.options.parse({ path: join(home, name), create: true }),
          context(name),
        );
        const wrapped = wrapDestination(adapter, { log: quiet, clock: systemClock, random: Math.random });
        return wrap ? wrap(name, wrapped) : wrapped;
      },
    })),
    chain: planned.chain,
    quorum: 1,
    pace: 'fastest',
    password: () => Promise.resolve(password),
    host: { hostname: hostname(), username: 'tester', uid: 0, gid: 0, pid: process.pid },
    // No other locks at the same moment: where one does, the test gives the system's.
    clock: hastyClock(systemClock, 250),
    state: new FileState(join(home, 'state'), 'test'),
    emit: options.emit ?? (() => undefined),
    signal,
    threads: 2,
    patienceMs: 60_000,
    programVersion: 'triplicate test',
    ...options.over,
  };
};

import {
  Catalog,
  FileState,
  SystemGrantStore,
  toBackupError,
  wrapDestination,
  type BackupError,
  type Config,
  type Destination,
  type DestinationConfig,
  type EventSink,
  type Media,
  type Pipeline,
  type PipelineConfig,
  type PipelineDestination,
  type PipelineSource,
  type PluginContext,
  type PluginRegistry,
  type PluginUse,
  type RetryPolicy,
  type Source,
  type SourcePart,
  type SourceConfig,
} from '@triplicate/core';
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandContext } from '../program/command.ts';
import { readVersion } from '../version.ts';
import { diskOfDestination, disksOfSource, type PathBase } from './disks.ts';
import { elsewhereOf } from './elsewhere.ts';
import { hostOf } from './host.ts';
import { ownPlaces, ownPlaceWords, withoutOwnPlaces } from './own-places.ts';
import { passwordOf } from './password.ts';
import { promisesOf } from './promises.ts';
import type { Services } from './services.ts';

export interface ComposeParts {
  readonly context: CommandContext;
  readonly services: Services;
  readonly config: Config;
  /** With the plugins of the configuration. */
  readonly registry: PluginRegistry;
  readonly emit: EventSink;
  /** How long calls to destinations are waited for and made again, where it differs from what a run does. */
  readonly patience?: Patience;
}

export interface Patience {
  /** A call without a sign of life ends after so long. */
  readonly silenceMs: number;
  readonly retry: Partial<RetryPolicy>;
}

/** Long enough for a disk to spin up and a cloud to hiccup. */
const patienceMs = 120_000;

/** A pipeline of the configuration with all names resolved; nothing is opened yet. */
export const composePipeline = (own: PipelineConfig, parts: ComposeParts): Pipeline => {
  const { context, services, config, emit } = parts;
  const { surroundings, signal } = context;
  const id = pipelineId(own.name, config);
  return {
    name: own.name,
    sources: own.sources.map((source) => composeSource(source, id, { ...parts, own })),
    destinations: own.destinations.map((destination) => composeDestination(destination, id, parts)),
    chain: own.chain,
    quorum: own.quorum,
    pace: own.pace,
    ...passwordOf({
      context,
      services,
      reference: own.chain.encrypt.password,
      directory: config.directory,
      what: `the repository "${own.name}"`,
    }),
    host: hostOf(surroundings),
    clock: services.clock,
    state: new FileState(services.folders.state, id),
    catalog: new Catalog(join(services.folders.state, 'catalogs', `${id}.sqlite`)),
    promises: promisesOf(own, services.clock.now()),
    emit,
    signal,
    threads: surroundings.threads,
    patienceMs,
    lockWaitMs: context.globals.retryLock,
    indexFolder: join(services.folders.cache, 'indexes'),
    programVersion: `triplicate ${readVersion()}`,
  };
};

const pipelineId = (name: string, config: Config): string => `${name}-${placeId(config.file)}`;
const destinationFolder = (id: string, name: string): string => `destinations/${id}/${name}`;

const grantStoreOf = (id: string, name: string, { clock, folders, keychain }: Services): SystemGrantStore => {
  const folder = destinationFolder(id, name);
  return new SystemGrantStore({
    name,
    folder: join(folders.state, folder),
    entry: `sign-in ${folder}`,
    keychain,
    clock,
  });
};

/** Where the sign-in of a destination is kept. */
export const findGrantStore = (
  { pipeline, destination }: { readonly pipeline: string; readonly destination: string },
  { config, services }: Pick<ComposeParts, 'config' | 'services'>,
): SystemGrantStore => grantStoreOf(pipelineId(pipeline, config), destination, services);

/** Two configurations may have pipelines of one name; what is remembered of each stands apart. */
const placeId = (file: string): string => {
  let real = file;
  try {
    real = realpathSync(file);
  } catch {
    // A configuration that is about to be written.
  }
  return createHash('sha256').update(real).digest('hex').slice(0, 8);
};

const baseOf = ({ config, context }: Pick<ComposeParts, 'config' | 'context'>): PathBase => ({
  directory: config.directory,
  home: context.surroundings.home,
});

const composeSource = (
  source: SourceConfig,
  id: string,
  parts: ComposeParts & { readonly own: PipelineConfig },
): PipelineSource => ({
  name: source.name,
  tags: source.tags,
  disks: () => disksOfSource(source, baseOf(parts)),
  ...(source.type === 'device'
    ? {
        comesAndGoes: true,
        elsewhere: elsewhereOf(source, { ...parts.context, now: () => parts.services.clock.now() }),
      }
    : { lookAtParts: (signal: AbortSignal) => lookAtParts(source, id, { parts, signal }) }),
  open: (signal): Promise<Source> =>
    stamped(source, 'source', async () => {
      const { plugin } = await find('source', source.type, parts);
      const places = await ownPlaces({ ...parts.own, sources: [source] }, baseOf(parts));
      for (const place of places) parts.services.log.warn(ownPlaceWords(place));
      const { options } = withoutOwnPlaces(source, places);
      return plugin.open(options, pluginContext(source, `sources/${id}/${source.name}`, { parts, signal }));
    }),
});

/** Says nothing of the rest: that belongs to a backup. */
const lookAtParts = async (source: SourceConfig, id: string, place: Place): Promise<readonly SourcePart[]> => {
  const { plugin } = await find('source', source.type, place.parts);
  const context = pluginContext(source, `sources/${id}/${source.name}`, place);
  await using opened = await plugin.open(source.options, context);
  return (await opened.lookAtParts?.({ signal: place.signal })) ?? [];
};

const composeDestination = (destination: DestinationConfig, id: string, parts: ComposeParts): PipelineDestination => {
  const { name, type, common } = destination;
  return {
    name,
    removable: common.removable ?? false,
    offsite: common.offsite ?? false,
    media: common.media ?? usualMedia(type),
    expectedMs: common.expected,
    immutableMs: common.immutable,
    readOnly: common.readOnly ?? false,
    prefix: common.prefix,
    ...(type === 'local' ? {} : { cacheFolder: join(parts.services.folders.cache, 'replicas') }),
    retain: destination.retain,
    disk: () => diskOfDestination(destination, baseOf(parts)),
    open: (signal, onRetry): Promise<Destination> =>
      stamped(destination, 'destination', async () => {
        const { plugin } = await find('destination', type, parts);
        const folder = destinationFolder(id, name);
        const place = pluginContext(destination, folder, { parts, signal });
        const adapter = await plugin.open(destination.options, {
          ...place,
          grants: grantStoreOf(id, name, parts.services),
          removable: common.removable,
          immutableMs: common.immutable,
        });
        const { prefix, concurrency, bandwidth, readOnly } = common;
        const { clock, log } = parts.services;
        return wrapDestination(adapter, {
          prefix,
          concurrency,
          bandwidth,
          readOnly,
          clock,
          log,
          patienceMs: parts.patience?.silenceMs ?? patienceMs,
          random: Math.random,
          onRetry,
          retry: parts.patience?.retry,
        });
      }),
  };
};

const medias: Readonly<Record<string, Media>> = { local: 'hdd', sftp: 'nas', webdav: 'nas', rest: 'nas' };
/** What a kind of destination lies on when the configuration does not say; whatever is not known is some cloud. */
const usualMedia = (type: string): Media => medias[type] ?? 'cloud';

const find = async <Kind extends 'source' | 'destination'>(kind: Kind, type: string, { registry }: ComposeParts) => {
  const found = await registry.find(kind, type);
  if (!found) throw new TypeError(`the configuration was checked with a ${kind} "${type}" that is gone`);
  return found;
};

const pluginContext = (
  use: SourceConfig | DestinationConfig,
  folder: string,
  { parts, signal }: Place,
): PluginContext =>
  pluginContextOf(use, folder, { services: parts.services, directory: parts.config.directory, signal });

interface Place {
  readonly parts: ComposeParts;
  readonly signal: AbortSignal;
}

/** What a plugin is given; `folder` is its own inside the folders of state and cache. */
export const pluginContextOf = (
  { name, type, options }: PluginUse,
  folder: string,
  {
    services,
    directory,
    signal,
  }: { readonly services: Services; readonly directory: string; readonly signal: AbortSignal },
): PluginContext => ({
  name,
  signal,
  log: services.log,
  clock: services.clock,
  secret: services.secrets.grant(type, options, { directory, signal }),
  configDirectory: directory,
  protect: (secret) => services.redactor.add(secret),
  deviceDaemon: services.surroundings.env['USBMUXD_SOCKET_ADDRESS'],
  cacheDirectory: join(services.folders.cache, folder),
  stateDirectory: join(services.folders.state, folder),
});

/** Every error of a plugin says whose it is. */
const stamped = async <T>(use: SourceConfig | DestinationConfig, kind: string, open: () => Promise<T>): Promise<T> => {
  try {
    return await open();
  } catch (cause) {
    const error: BackupError = toBackupError(cause);
    throw error.with({ plugin: `${kind}-${use.type}`, [kind]: use.name });
  }
};

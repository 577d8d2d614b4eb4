import { firstPartyTransforms } from '../transform/first-party.ts';
import type { Plugin } from './plugin.ts';
import type { PluginEntry } from './registry.ts';

type Importer = () => Promise<{ readonly default?: unknown }>;

/** What the command line knows how to import: by type, so that naming a plugin costs nothing. */
export interface LazyPlugins {
  readonly sources: Readonly<Record<string, Importer>>;
  readonly destinations: Readonly<Record<string, Importer>>;
}

/** Entries of first-party packages, imported when they are first needed. */
export const lazyEntries = ({ sources, destinations }: LazyPlugins): PluginEntry[] => [
  ...toEntries('source', sources),
  ...toEntries('destination', destinations),
];

const toEntries = (kind: 'source' | 'destination', table: Readonly<Record<string, Importer>>): PluginEntry[] =>
  Object.entries(table).map(([type, importer]) => ({
    kind,
    type,
    origin: `${kind} ${type}`,
    load: async () => (await importer()).default,
  }));

/** An entry for a plugin that is in memory already; `url` where it came from a module of its own. */
export const entryOf = (plugin: Plugin, origin: string, url?: string): PluginEntry => ({
  kind: plugin.kind,
  type: plugin.type,
  origin,
  ...(url === undefined ? {} : { url }),
  load: () => Promise.resolve(plugin),
});

/** The transforms of this package. */
export const coreEntries: readonly PluginEntry[] = firstPartyTransforms.map((plugin) =>
  entryOf(plugin, `transform ${plugin.type}`),
);

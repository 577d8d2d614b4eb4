import { BackupError } from '../errors.ts';
import type { Plugin, PluginKind } from './plugin.ts';
import { unloadable } from './unloadable.ts';
import { validatePlugin } from './validate-plugin.ts';

/** A plugin that can be had. First-party ones are imported when a configuration names them and not before. */
export interface PluginEntry {
  readonly kind: PluginKind;
  readonly type: string;
  /** The package or file that it comes from, for people. */
  readonly origin: string;
  /** URL of the module whose default export it is, by which a worker thread loads a transform again; absent for first-party plugins. */
  readonly url?: string;
  /** The default export; not checked yet. */
  load(): Promise<unknown>;
}

export type PluginOfKind<Kind extends PluginKind> = Extract<Plugin, { readonly kind: Kind }>;

export interface FoundPlugin<Kind extends PluginKind = PluginKind> {
  readonly plugin: PluginOfKind<Kind>;
  readonly url?: string;
}

/** All plugins by kind and type. Two of one kind and type are PLUGIN_INVALID: which one were meant? */
export class PluginRegistry {
  readonly #entries: ReadonlyMap<string, PluginEntry>;
  readonly #loaded = new Map<string, Promise<Plugin>>();

  constructor(entries: Iterable<PluginEntry>) {
    const byKey = new Map<string, PluginEntry>();
    for (const entry of entries) {
      const twin = byKey.get(keyOf(entry.kind, entry.type));
      if (twin !== undefined) throw duplicate(entry, twin);
      byKey.set(keyOf(entry.kind, entry.type), entry);
    }
    this.#entries = byKey;
  }

  /** A registry of these plugins and more. */
  with(entries: Iterable<PluginEntry>): PluginRegistry {
    return new PluginRegistry([...this.#entries.values(), ...entries]);
  }

  list(): readonly PluginEntry[] {
    return [...this.#entries.values()];
  }

  /** What may follow `type:`, sorted. */
  types(kind: PluginKind): readonly string[] {
    return this.list()
      .filter((entry) => entry.kind === kind)
      .map(({ type }) => type)
      .toSorted();
  }

  /** Loads the plugin when it is first asked for; undefined when there is none; PLUGIN_INVALID when it cannot be loaded or is not one. */
  async find<Kind extends PluginKind>(kind: Kind, type: string): Promise<FoundPlugin<Kind> | undefined> {
    const entry = this.#entries.get(keyOf(kind, type));
    if (entry === undefined) return undefined;
    const plugin = (await this.#load(entry)) as PluginOfKind<Kind>;
    return entry.url === undefined ? { plugin } : { plugin, url: entry.url };
  }

  #load(entry: PluginEntry): Promise<Plugin> {
    const key = keyOf(entry.kind, entry.type);
    const loading = this.#loaded.get(key) ?? loadEntry(entry);
    this.#loaded.set(key, loading);
    return loading;
  }
}

const keyOf = (kind: PluginKind, type: string): string => `${kind}:${type}`;

const loadEntry = async (entry: PluginEntry): Promise<Plugin> => {
  const value = await entry.load().catch((error: unknown) => {
    throw unloadable(entry.origin, error);
  });
  const plugin = validatePlugin(value, entry.origin);
  if (plugin.kind === entry.kind && plugin.type === entry.type) return plugin;
  throw new BackupError(
    'PLUGIN_INVALID',
    `"${entry.origin}" is the ${plugin.kind} "${plugin.type}" and not the ${entry.kind} "${entry.type}"`,
    { hint: 'Reinstall triplicate and its plugins in one version.', context: { plugin: entry.origin } },
  );
};

const duplicate = (entry: PluginEntry, twin: PluginEntry): BackupError =>
  new BackupError(
    'PLUGIN_INVALID',
    `"${entry.origin}" and "${twin.origin}" both bring the ${entry.kind} "${entry.type}"`,
    { hint: 'Remove one of them from "plugins".', context: { plugin: entry.origin } },
  );

import { Container, type ContainerModule } from 'inversify';
import type { Clock } from '../clock.ts';
import type { Keychain } from '../config/keychain.ts';
import type { Surroundings } from '../config/surroundings.ts';
import { coreEntries } from '../plugin/entries.ts';
import type { Log } from '../plugin/plugin.ts';
import type { PluginEntry } from '../plugin/registry.ts';
import { coreModule } from './core-module.ts';
import { Tokens } from './tokens.ts';

/** Everything that core cannot make by itself. */
export interface Composition {
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  readonly log: Log;
  readonly keychain: Keychain;
  /** The first-party plugins, beside the transforms of core. */
  readonly plugins: readonly PluginEntry[];
  /** Further services. */
  readonly modules?: readonly ContainerModule[];
}

/**
 * The container of one program. It holds plugins and services and never an open destination: one dead cloud would fail every injection of
 * all of them, and stay dead in the cache.
 */
export const createContainer = ({
  surroundings,
  clock,
  log,
  keychain,
  plugins,
  modules = [],
}: Composition): Container => {
  // Without `jitless` the next major version generates code at run time, which hardened systems forbid.
  const container = new Container({ defaultScope: 'Singleton', jitless: true });
  container.bind(Tokens.Surroundings).toConstantValue(surroundings);
  container.bind(Tokens.Clock).toConstantValue(clock);
  container.bind(Tokens.Log).toConstantValue(log);
  container.bind(Tokens.Keychain).toConstantValue(keychain);
  for (const entry of [...coreEntries, ...plugins]) container.bind(Tokens.PluginEntry).toConstantValue(entry);
  container.load(coreModule, ...modules);
  return container;
};

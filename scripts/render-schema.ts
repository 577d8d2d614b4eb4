import { configJsonSchema, coreEntries, lazyEntries, PluginRegistry } from '@triplicate/core';
import { firstPartyPlugins } from '../packages/cli/src/first-party.ts';

/** The registry that a fresh installation has. */
export const firstPartyRegistry = (): PluginRegistry =>
  new PluginRegistry([...coreEntries, ...lazyEntries(firstPartyPlugins)]);

/** The schema of all first-party plugins, as it is kept in config/. */
export const renderSchema = async (): Promise<string> =>
  `${JSON.stringify(await configJsonSchema(firstPartyRegistry()), undefined, 2)}\n`;

import type { PluginEntry, PluginRegistry } from '@triplicate/core';
import { exitCodes } from '../exit-codes.ts';
import { createServices } from '../compose/services.ts';
import type { CommandContext } from '../program/command.ts';
import { defineCommand } from '../program/command.ts';
import { formatTable } from '../output/table.ts';

export const command = defineCommand<unknown>({
  description: 'Lists the sources, transforms and destinations that this installation and the configuration bring.',
  examples: [['plugins', 'what may stand behind "type:"']],
  exits: [1, 2],
  configure: () => undefined,
  async run(context) {
    const { output } = context;
    const registry = await registryOf(context);
    const rows: string[][] = [];
    for (const entry of registry.list().toSorted(byKind)) {
      const summary = await summaryOf(registry, entry);
      const { kind, type, origin } = entry;
      await output.line({
        type: 'plugin',
        kind,
        name: type,
        origin,
        ...('error' in summary ? summary : { summary: summary.text }),
      });
      rows.push([kind, type, 'error' in summary ? output.style.bad(summary.error.message) : summary.text]);
    }
    await output.result(formatTable([{ title: 'kind' }, { title: 'type' }, { title: '' }], rows, output.style));
    return exitCodes.ok;
  },
});

const order = ['source', 'transform', 'destination'];
const byKind = (a: PluginEntry, b: PluginEntry): number =>
  order.indexOf(a.kind) - order.indexOf(b.kind) || a.type.localeCompare(b.type, 'en');

/** With the plugins of the configuration, where there is one. */
const registryOf = async ({ surroundings, output, globals }: CommandContext): Promise<PluginRegistry> => {
  const { checkConfig, isBackupError } = await import('@triplicate/core');
  const { registry } = createServices(surroundings, output);
  try {
    return (await checkConfig({ surroundings, registry, explicit: globals.config })).registry;
  } catch (error) {
    if (isBackupError(error, 'CONFIG_INVALID') && globals.config === undefined) return registry;
    throw error;
  }
};

type Summary = { readonly text: string } | { readonly error: { readonly code: string; readonly message: string } };

const summaryOf = async (registry: PluginRegistry, { kind, type }: PluginEntry): Promise<Summary> => {
  const { toBackupError } = await import('@triplicate/core');
  try {
    const { summary = '' } = (await registry.find(kind, type))?.plugin ?? {};
    // Some are written as sentences and some as phrases; one list has them all alike.
    return { text: summary.replace(/(?<!\.)\.$/, '') };
  } catch (cause) {
    const { code, message } = toBackupError(cause);
    return { error: { code, message } };
  }
};

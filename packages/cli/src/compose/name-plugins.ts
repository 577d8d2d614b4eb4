import type { PluginEntry, PluginRegistry } from '@triplicate/core';
import type { JsonLine } from '../json/types.ts';
import type { Output } from '../output/output.ts';

const named = new WeakMap<Output, Set<string>>();

/** Names the code of others that runs in this process, once for each voice: a daemon reads its configuration again and again. */
export const namePlugins = (registry: PluginRegistry, output: Output): void => {
  const known = named.get(output) ?? new Set<string>();
  named.set(output, known);
  const fresh = ofOthers(registry).filter(({ url }) => !known.has(url));
  if (fresh.length === 0) return;
  for (const { url } of fresh) known.add(url);
  const list = fresh.map(({ kind, type, origin }) => `${kind} ${type} (${origin})`).join(', ');
  output.say(output.talkStyle.faint(`with third-party plugins: ${list}`));
};

/** The same for programs that read a run. */
export const pluginLines = (registry: PluginRegistry): JsonLine[] =>
  ofOthers(registry).map(({ kind, type: name, origin }) => ({ type: 'plugin', kind, name, origin }));

const ofOthers = (registry: PluginRegistry): (PluginEntry & { readonly url: string })[] =>
  registry.list().flatMap((entry) => (entry.url === undefined ? [] : [{ ...entry, url: entry.url }]));

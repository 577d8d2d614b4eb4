/** Transforms as a worker opens them: our own by name, others by the URL of their module; each with a key of its own. */
import { hkdfSync } from 'node:crypto';
import { BackupError } from '../errors.ts';
import type { TransformPlugin } from '../plugin/plugin.ts';
import { firstPartyTransforms } from '../transform/first-party.ts';
import type { Chunker, Codec } from '../transform/transform.ts';
import type { TransformSpec, WorkerSetup } from './messages.ts';

type Setup = Pick<WorkerSetup, 'chunker' | 'codecs' | 'polynomial' | 'transformSecret'>;

export const openChunker = async (setup: Setup): Promise<Chunker> => {
  const plugin = await loadTransform(setup.chunker);
  if (plugin.stage !== 'chunker') throw new BackupError('PLUGIN_INVALID', `transform "${plugin.type}" is no chunker`);
  return plugin.open(setup.chunker.options, contextFor(setup, setup.chunker.type));
};

export const openCodecs = (setup: Setup): Promise<Codec[]> =>
  Promise.all(
    setup.codecs.map(async (spec) => {
      const plugin = await loadTransform(spec);
      if (plugin.stage !== 'codec') throw new BackupError('PLUGIN_INVALID', `transform "${plugin.type}" is no codec`);
      return plugin.open(spec.options, contextFor(setup, spec.type));
    }),
  );

const loadTransform = async (spec: TransformSpec): Promise<TransformPlugin> => {
  if (spec.url !== undefined) return ((await import(spec.url)) as { default: TransformPlugin }).default;
  const plugin = firstPartyTransforms.find(({ type }) => type === spec.type);
  if (plugin === undefined) throw new BackupError('PLUGIN_INVALID', `no transform "${spec.type}"`);
  return plugin;
};

const contextFor = (setup: Setup, type: string): { key: Uint8Array; polynomial: string } => ({
  key: new Uint8Array(hkdfSync('sha256', setup.transformSecret, '', `triplicate transform ${type}`, 32)),
  polynomial: setup.polynomial,
});

/** Transforms as a worker opens them: our own by name, others by the URL of their module; each with a key of its own. */
import { hkdfSync } from 'node:crypto';
import { BackupError } from '../errors.ts';
import type { TransformPlugin } from '../plugin/plugin.ts';
import { openCompress, openDedupe, type ChunkerOptions } from '../transform/openers.ts';
import type { Chunker, Codec } from '../transform/transform.ts';
import type { TransformSpec, WorkerSetup } from './messages.ts';

type Setup = Pick<WorkerSetup, 'chunker' | 'codecs' | 'polynomial' | 'transformSecret'>;

export const openChunker = async (setup: Setup): Promise<Chunker> => {
  const { chunker } = setup;
  const context = contextFor(setup, chunker.type);
  if (chunker.url === undefined && chunker.type === 'dedupe')
    return openDedupe(chunker.options as ChunkerOptions, context);
  const plugin = await importTransform(chunker);
  if (plugin.stage !== 'chunker') throw new BackupError('PLUGIN_INVALID', `transform "${plugin.type}" is no chunker`);
  return plugin.open(chunker.options, context);
};

export const openCodecs = (setup: Setup): Promise<Codec[]> =>
  Promise.all(
    setup.codecs.map(async (spec) => {
      const context = contextFor(setup, spec.type);
      if (spec.url === undefined && spec.type === 'compress')
        return openCompress(spec.options as { readonly level: number });
      const plugin = await importTransform(spec);
      if (plugin.stage !== 'codec') throw new BackupError('PLUGIN_INVALID', `transform "${plugin.type}" is no codec`);
      return plugin.open(spec.options, context);
    }),
  );

const importTransform = async ({ type, url }: TransformSpec): Promise<TransformPlugin> => {
  if (url === undefined) throw new BackupError('PLUGIN_INVALID', `no transform "${type}"`);
  return ((await import(url)) as { default: TransformPlugin }).default;
};

const contextFor = (setup: Setup, type: string): { key: Uint8Array; polynomial: string } => ({
  key: new Uint8Array(hkdfSync('sha256', setup.transformSecret, '', `triplicate transform ${type}`, 32)),
  polynomial: setup.polynomial,
});

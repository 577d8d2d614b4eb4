import { BackupError } from '../errors.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import type { Pipeline, PipelineSource } from './pipeline.ts';

/** The sources of these names, all when there are none; USAGE for a name that no source has. */
export const chooseSources = (pipeline: Pipeline, names: readonly string[] | undefined): readonly PipelineSource[] => {
  if (!names || names.length === 0) return pipeline.sources;
  return names.map((name) => {
    const source = pipeline.sources.find((candidate) => candidate.name === name);
    if (source) return source;
    const known = pipeline.sources.map((candidate) => `"${candidate.name}"`).join(', ');
    throw new BackupError('USAGE', `pipeline "${pipeline.name}" has no source "${name}"`, {
      hint: `choose one of ${known}`,
    });
  });
};

interface Known {
  readonly pipeline: { readonly sources: readonly Pick<PipelineSource, 'name'>[] };
  readonly snapshots: readonly Pick<ListedSnapshot, 'source'>[];
}

/** USAGE for a name that neither a source of the configuration has nor one that a snapshot is of. */
export const refuseUnknownSources = ({ pipeline, snapshots }: Known, names: Iterable<string>): void => {
  const configured = pipeline.sources.map(({ name }) => name);
  const known = new Set([...configured, ...snapshots.flatMap(({ source }) => (source === undefined ? [] : [source]))]);
  for (const name of names) {
    if (known.has(name)) continue;
    const where = configured.length === 0 ? '' : `no source "${name}" is in the configuration, and `;
    throw new BackupError('USAGE', `${where}no snapshot is of ${where === '' ? `"${name}"` : 'it'}`, {
      hint: known.size === 0 ? undefined : `choose one of ${[...known].map((one) => `"${one}"`).join(', ')}`,
    });
  }
};

import { BackupError } from '../errors.ts';
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

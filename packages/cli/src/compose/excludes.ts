import { BackupError, type PipelineConfig, type PluginRegistry, type SourceConfig } from '@triplicate/core';

/** The pipeline with further patterns for every source that knows "exclude". USAGE when none does. */
export const withExcludes = async (
  pipeline: PipelineConfig,
  patterns: readonly string[],
  registry: PluginRegistry,
): Promise<PipelineConfig> => {
  if (patterns.length === 0) return pipeline;
  const sources = await Promise.all(pipeline.sources.map((source) => withPatterns(source, patterns, registry)));
  if (sources.some((source, i) => source !== pipeline.sources[i])) return { ...pipeline, sources };
  throw new BackupError('USAGE', `no source of pipeline "${pipeline.name}" knows --exclude`);
};

const withPatterns = async (
  source: SourceConfig,
  patterns: readonly string[],
  registry: PluginRegistry,
): Promise<SourceConfig> => {
  const found = await registry.find('source', source.type);
  const options = source.options as Readonly<Record<string, unknown>>;
  const own = Array.isArray(options['exclude']) ? (options['exclude'] as readonly unknown[]) : [];
  const parsed = found?.plugin.options.safeParse({ ...options, exclude: [...own, ...patterns] });
  return parsed?.success === true ? { ...source, options: parsed.data } : source;
};

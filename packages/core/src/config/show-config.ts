import { stringify } from 'yaml';
import { compressOptions } from '../transform/compress.ts';
import { isRecord } from './code-keys.ts';
import type { Config, PipelineConfig } from './config.ts';

type Raw = Readonly<Record<string, unknown>>;

const standardTransforms = ({ password }: Raw): unknown[] => [
  { dedupe: { chunker: 'fastcdc' } },
  { compress: compressOptions.parse({}) },
  { encrypt: { password } },
];

/**
 * What is in force: anchors and merges written out, and what was left to us filled in. `document` is the one that `config` was made of.
 * Secrets are references and stay; of a command only the program is shown, because its arguments may hold one.
 */
export const configInForce = (config: Config, document: unknown): Raw => {
  const raw = isRecord(document) ? document : {};
  const written = isRecord(raw['pipelines']) ? raw['pipelines'] : {};
  const pipelines = config.pipelines.map((pipeline) => [pipeline.name, fill(pipeline, written[pipeline.name])]);
  return hideArguments({ ...raw, pipelines: Object.fromEntries(pipelines) }, 0) as Raw;
};

/** The same as YAML, for people. */
export const showConfig = (config: Config, document: unknown): string =>
  stringify(configInForce(config, document), { aliasDuplicateObjects: false, lineWidth: 0 });

const fill = ({ quorum, pace }: PipelineConfig, written: unknown): Raw => {
  const { encrypt, ...raw } = isRecord(written) ? written : {};
  const standard = isRecord(encrypt) ? { transforms: standardTransforms(encrypt) } : {};
  return { ...raw, ...standard, quorum, pace };
};

/** Deeper than any configuration; `loadConfig` has refused circles. */
const deepest = 32;

const hideArguments = (value: unknown, depth: number): unknown => {
  if (typeof value !== 'object' || value === null || depth > deepest) return value;
  if (Array.isArray(value)) return value.map((child) => hideArguments(child, depth + 1));
  const entries = Object.entries(value).map(([key, child]) => {
    const hidden = key === 'command' && Array.isArray(child) && child.length > 1;
    return [key, hidden ? [child[0], '…'] : hideArguments(child, depth + 1)];
  });
  return Object.fromEntries(entries);
};

import { BackupError, type PipelineConfig } from '@triplicate/core';
import { lstatSync } from 'node:fs';

export interface RecordRequest {
  /** Absolute. */
  readonly file: string;
  /** Names of the sources that run; all when empty. */
  readonly sources: readonly string[];
}

/** The pipeline with a transcript of what is said to its phone. USAGE when no phone is meant, or one of several, or the file is there. */
export const withRecord = (pipeline: PipelineConfig, request: RecordRequest | undefined): PipelineConfig => {
  if (request === undefined) return pipeline;
  const { file, sources: names } = request;
  const phones = pipeline.sources.filter(
    ({ type, name }) => type === 'device' && (names.length === 0 || names.includes(name)),
  );
  const [phone, ...others] = phones;
  if (phone === undefined)
    throw new BackupError('USAGE', 'no phone is backed up that --record could listen to', {
      hint: 'name a source with `type: device`',
    });
  if (others.length > 0)
    throw new BackupError('USAGE', '--record listens to one phone, and several are backed up', {
      hint: `name one: ${phones.map(({ name }) => `\`triplicate backup ${name} --record FILE\``).join(' or ')}`,
    });
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined)
    throw new BackupError('USAGE', `"${file}" is there already, and --record replaces nothing`, {
      hint: 'name another file, or remove that one',
    });
  const recorded = { ...phone, options: { ...(phone.options as object), record: file } };
  return { ...pipeline, sources: pipeline.sources.map((source) => (source === phone ? recorded : source)) };
};

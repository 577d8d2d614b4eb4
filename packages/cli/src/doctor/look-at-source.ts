import { toBackupError, type Pipeline, type PipelineSource } from '@triplicate/core';
import type { Diagnosis } from './diagnosis.ts';

/** Whether each part that a source names could be read. A phone is not looked for: that it is not there now is no mistake. */
export const lookAtSource = async (
  { signal, name: pipeline }: Pick<Pipeline, 'signal' | 'name'>,
  configured: PipelineSource,
  diagnosis: Diagnosis,
): Promise<void> => {
  if (configured.comesAndGoes === true) return;
  const subject = `source ${pipeline}.${configured.name}`;
  const name = 'can be read';
  try {
    await using source = await configured.open(signal);
    for (const { what, error } of (await source.lookAtParts?.({ signal })) ?? [{ what: source.label }]) {
      if (error === undefined) await diagnosis.add({ subject, name, status: 'ok', message: what });
      else await diagnosis.fail(subject, name, error);
    }
  } catch (error) {
    signal.throwIfAborted();
    await diagnosis.fail(subject, name, toBackupError(error));
  }
};

/** Whether what was backed up is still there: one that is gone is no copy any more. */
import { throwIfAborted, toBackupError } from '../errors.ts';
import type { SourcePart } from '../source/source.ts';
import { sleepFor } from '../clock.ts';
import type { Pipeline, PipelineSource } from './pipeline.ts';

/** A mount that does not answer keeps nobody waiting, and says nothing. */
const patienceMs = 5000;

/**
 * What of the original is not there now, for people; empty when nothing is known to be missing. A folder that holds nothing is missing when
 * its last snapshot held files: its disk is elsewhere, or it was emptied.
 */
export const missingOriginal = async (
  { signal, clock }: Pick<Pipeline, 'signal' | 'clock'>,
  source: PipelineSource,
  heldFiles: boolean,
): Promise<readonly string[]> => {
  if (!source.lookAtParts) return [];
  const over = new AbortController();
  const late = sleepFor(clock, patienceMs, AbortSignal.any([signal, over.signal])).catch(() => undefined);
  const parts = await Promise.race([partsOf(source, signal), late]);
  over.abort();
  throwIfAborted(signal);
  if (!parts) return [];
  const gone = parts.filter(({ error }) => error?.code === 'NOT_FOUND');
  const isHollow = heldFiles && parts.every((part) => part.isEmpty === true || gone.includes(part));
  return (isHollow ? parts : gone).map(({ what }) => what);
};

const partsOf = async ({ name, lookAtParts }: PipelineSource, signal: AbortSignal): Promise<readonly SourcePart[]> => {
  try {
    return (await lookAtParts?.(signal)) ?? [];
  } catch (cause) {
    return [{ what: name, error: toBackupError(cause) }];
  }
};

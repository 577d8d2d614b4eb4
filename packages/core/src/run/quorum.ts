import type { Outcome } from '../events.ts';
import type { Pipeline } from './pipeline.ts';

/** Whether each of these sources was stored on as many destinations as the pipeline asks for. */
export const isQuorumHeld = (
  { quorum }: Pick<Pipeline, 'quorum'>,
  sources: readonly { readonly source: string }[],
  outcomes: readonly Outcome[],
): boolean =>
  sources.every(({ source }) => {
    const stored = outcomes.filter((outcome) => outcome.source === source && outcome.status === 'stored');
    return stored.length >= quorum;
  });

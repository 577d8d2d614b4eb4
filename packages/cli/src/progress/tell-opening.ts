import type { RunEvent } from '@triplicate/core';
import { formatDuration } from '../output/format.ts';
import type { Output } from '../output/output.ts';

/** A destination that is there, and one that keeps everybody waiting. */
export const tellOpening = (
  event: Extract<RunEvent, { readonly type: 'opened' | 'silent' }>,
  output: Pick<Output, 'say' | 'detail'>,
): void => {
  if (event.type === 'opened') return output.detail(`opened ${event.destination}: ${event.label}`);
  const most = formatDuration(event.patienceMs);
  output.say(`${event.destination} does not answer yet; it is waited for, for ${most} at most`);
};

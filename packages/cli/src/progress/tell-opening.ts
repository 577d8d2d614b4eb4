import type { RunEvent } from '@triplicate/core';
import { formatDuration } from '../output/format.ts';
import { shortNames } from '../output/error.ts';
import type { Output } from '../output/output.ts';

/** A destination that is there, and one that keeps everybody waiting. */
export const tellOpening = (
  event: Extract<RunEvent, { readonly type: 'opened' | 'silent' }>,
  output: Pick<Output, 'say' | 'detail'>,
): void => {
  if (event.type === 'opened') return output.detail(`opened ${event.destination}: ${event.label}`);
  const most = formatDuration(event.patienceMs);
  const { destination, refused } = event;
  const state = refused === undefined ? 'does not answer yet' : `is not ready yet: ${shortNames(refused.message)}`;
  output.say(`${destination} ${state}; it is waited for, for ${most} at most`);
};

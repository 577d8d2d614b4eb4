import type { Pipeline, RunEvent, Session } from '@triplicate/core';
import { tellOpening } from '../progress/tell-opening.ts';
import { keySettledText } from '../render/keys.ts';
import type { Output } from '../output/output.ts';
import type { CommandContext } from '../program/command.ts';

/**
 * The repository opened for looking: no lock, no bars; what is wrong on the way is told. `namesAway` when the result itself names the disks
 * that are away; `withoutIndex` when it is made of the list of snapshots alone.
 */
export const openSession = async (
  context: CommandContext,
  { namesAway = false, withoutIndex = false } = {},
): Promise<Session> => {
  const { lookHurryMs, Session } = await import('@triplicate/core');
  const pipeline = await openQuietPipeline(context);
  const session = await Session.open(pipeline, {
    lock: 'read',
    salvage: !withoutIndex,
    hurryMs: lookHurryMs,
    withoutIndex,
  });
  tellAbsent(session, context.output, { namesAway });
  return session;
};

/** Who is missing from what is shown. A removable disk that is away is nothing to warn of. */
export const tellAbsent = ({ absent }: Pick<Session, 'absent'>, output: Output, { namesAway = false } = {}): void => {
  for (const { name, status, error } of absent) if (status !== 'skipped') output.warn(error, { destination: name });
  const away = absent.filter(({ status }) => status === 'skipped').map(({ name }) => name);
  if (away.length > 0 && !namesAway) output.say(`not asked: ${away.join(', ')}`);
};

/** A pipeline for short work: no bars, only what is wrong is told. */
export const openQuietPipeline = async (context: CommandContext): Promise<Pipeline> => {
  const { openPipeline } = await import('./open-pipeline.ts');
  return openPipeline(context, (event) => tellEvent(event, context));
};

export const tellEvent = (event: RunEvent, { output }: CommandContext): void => {
  if (event.type === 'warning') output.warn(event.error, { destination: event.destination, source: event.source });
  if (event.type === 'key-settled') {
    output.note(keySettledText(event));
    void output.line({ type: 'key-change', change: event.change, destination: event.destination });
  }
  if (event.type === 'opened' || event.type === 'silent') tellOpening(event, output);
};

import type { Pipeline, RunEvent, Session } from '@triplicate/core';
import { tellOpening } from '../progress/tell-opening.ts';
import type { CommandContext } from '../program/command.ts';

/** The repository opened for looking: no lock, no bars; what is wrong on the way is told. */
export const openSession = async (context: CommandContext): Promise<Session> => {
  const { lookHurryMs, Session } = await import('@triplicate/core');
  const pipeline = await openQuietPipeline(context);
  const session = await Session.open(pipeline, { lock: 'read', hurryMs: lookHurryMs });
  for (const { name, status, error } of session.absent) {
    if (status !== 'skipped') context.output.warn(error, { destination: name });
  }
  return session;
};

/** A pipeline for short work: no bars, only what is wrong is told. */
export const openQuietPipeline = async (context: CommandContext): Promise<Pipeline> => {
  const { openPipeline } = await import('./open-pipeline.ts');
  return openPipeline(context, (event) => tellEvent(event, context));
};

export const tellEvent = (event: RunEvent, { output }: CommandContext): void => {
  if (event.type === 'warning') output.warn(event.error, { destination: event.destination, source: event.source });
  if (event.type === 'opened' || event.type === 'silent') tellOpening(event, output);
};

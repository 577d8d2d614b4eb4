import type { PipelineStatus } from '@triplicate/core';
import { exitCodes } from '../exit-codes.ts';
import { type CommandContext, defineCommand } from '../program/command.ts';
import { formatStatus, statusLine } from '../render/status.ts';
import { tellEvent } from '../compose/open-session.ts';

interface StatusOptions {
  readonly tell?: boolean;
}

export const command = defineCommand<StatusOptions>({
  description:
    'Tells for each source and destination where it stands, and whether the 3-2-1 rule holds: three copies with the original, on two kinds ' +
    'of media, one of them off site. What is missing is named with what mends it.',
  examples: [
    ['status', 'every pipeline'],
    ['status --pipeline family --json', 'one of them, for a program'],
    ['status --tell', 'and tell those of `notify` what changed since it was told last; the daemon does it by itself'],
  ],
  exits: [1, 2, 3, 12],
  exitWords: {
    3: 'the 3-2-1 rule does not hold for some pipeline, a sudden change of a source was not accepted, or a destination is lost or has lost snapshots',
  },
  configure: (command) =>
    void command.option('--tell', 'tell by `notify` what fell behind, and whether the rule holds no more or again'),
  async run(context, { options }) {
    const { pipelineStatus, systemClock } = await import('@triplicate/core');
    const { openPipelines } = await import('../compose/open-pipeline.ts');
    const { output, surroundings } = context;
    const now = (surroundings.clock ?? systemClock).now();
    const pipelines = await openPipelines(context, (event) => tellEvent(event, context));
    const statuses: PipelineStatus[] = [];
    for (const pipeline of pipelines) {
      const status = await pipelineStatus(pipeline);
      await output.prose(`${statuses.length > 0 ? '\n' : ''}${formatStatus(status, now, output.style)}`);
      await output.line(statusLine(status));
      if (options.tell === true) await tellOf(context, status);
      statuses.push(status);
    }
    return statuses.every(isWell) ? exitCodes.ok : exitCodes.partial;
  },
});

/** While an alarm stands, the newest copies may be of what somebody destroyed: nobody is to be told that all is well, nor while a place that is never away cannot be
 * had or was rolled back. */
const isWell = ({ sources, destinations, coverage }: PipelineStatus): boolean =>
  coverage.verdict === 'kept' &&
  sources.every(({ alarms }) => alarms.length === 0) &&
  destinations.every(({ state, lost }) => state !== 'empty' && state !== 'unreachable' && lost.length === 0);

const tellOf = async (context: CommandContext, status: PipelineStatus): Promise<void> => {
  const { openRun } = await import('../compose/open-pipeline.ts');
  const { tellStanding } = await import('../around/tell-standing.ts');
  const globals = { ...context.globals, pipeline: status.pipeline };
  await tellStanding(await openRun({ ...context, globals }, () => undefined), status);
};

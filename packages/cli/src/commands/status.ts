import type { PipelineStatus } from '@triplicate/core';
import { exitCodes } from '../exit-codes.ts';
import { defineCommand } from '../program/command.ts';
import { formatStatus, statusLine } from '../render/status.ts';
import { tellEvent } from '../compose/open-session.ts';

export const command = defineCommand<unknown>({
  description:
    'Tells for each source and destination where it stands, and whether the 3-2-1 rule holds: three copies with the original, on two kinds ' +
    'of media, one of them off site. What is missing is named with what mends it.',
  examples: [
    ['status', 'every pipeline'],
    ['status --pipeline family --json', 'one of them, for a program'],
  ],
  exits: [1, 2, 3, 12],
  exitWords: { 3: 'the 3-2-1 rule does not hold for some pipeline' },
  configure: () => undefined,
  async run(context) {
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
      statuses.push(status);
    }
    return statuses.every(({ coverage }) => coverage.verdict === 'kept') ? exitCodes.ok : exitCodes.partial;
  },
});

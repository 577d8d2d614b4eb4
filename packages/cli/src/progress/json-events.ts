import type { RunEvent } from '@triplicate/core';
import { destinationProgressLine, sourceProgressLine, unreadableLine, workProgressLine } from '../json/lines.ts';
import type { Output } from '../output/output.ts';

const everyMs = 1000;
type Throttle = (key: string, everyMs: number) => boolean;

/** Progress at most once a second for each source, destination and work; what happened once is told at once. */
export const writeEvent = (event: RunEvent, output: Output, throttle: Throttle): void => {
  switch (event.type) {
    case 'source-progress':
      if (event.progress.finished || throttle(`source ${event.source}`, everyMs))
        void output.line(sourceProgressLine(event));
      return;
    case 'lane-progress':
      if (throttle(`lane ${event.destination} ${event.progress.state}`, everyMs))
        void output.line(destinationProgressLine(event));
      return;
    case 'work-progress':
      if (throttle(`work ${event.work} ${event.destination}`, everyMs)) void output.line(workProgressLine(event));
      return;
    case 'waiting':
      return void output.line({ type: 'waiting', source: event.source, what: event.what ?? null });
    case 'unreadable':
      return void output.line(unreadableLine(event));
    case 'warning':
      return output.warn(event.error, { destination: event.destination, source: event.source });
    case 'key-settled':
      return void output.line({ type: 'key-change', change: event.change, destination: event.destination });
    case 'opened':
    case 'silent':
    case 'source-started':
    case 'snapshot':
    case 'outcome':
      return;
  }
};

/** After a run: how the pipeline stands now, for those who are told, and for Prometheus. */
import { pipelineStatus, toBackupError } from '@triplicate/core';
import { absoluteOf } from '../compose/disks.ts';
import type { Standing } from '../metrics/standing.ts';
import { writeTextfile } from '../metrics/write-textfile.ts';
import type { Surrounds } from './around-run.ts';
import { someoneWants } from './deliver.ts';
import { standingEvents, tellStanding } from './tell-standing.ts';

export interface LookRequest {
  /** Whether changes are told by `notify`. */
  readonly tell: boolean;
  /** Wants to know in any case. */
  readonly onStanding?: ((standing: Standing) => void) | undefined;
}

/** Looks only when somebody wants to know. What cannot be found out or written is a warning. */
export const lookAfter = async (surrounds: Surrounds, { tell, onStanding }: LookRequest): Promise<void> => {
  const { context, pipeline, own, notifications, directory } = surrounds;
  const tells = tell && someoneWants(notifications, standingEvents);
  if (context.signal.aborted || (!tells && own.metrics === undefined && !onStanding)) return;
  try {
    const status = await pipelineStatus(pipeline);
    const run = pipeline.catalog?.runs(lately).find(({ command }) => command === 'backup');
    const standing = { pipeline: pipeline.name, status, run };
    onStanding?.(standing);
    if (tells) await tellStanding(surrounds, status);
    const base = { directory, home: context.surroundings.home };
    if (own.metrics) await writeTextfile(absoluteOf(own.metrics.textfile, base), standing);
  } catch (cause) {
    if (!context.signal.aborted) context.output.warn(toBackupError(cause));
  }
};

/** A round records as many at most between two backups. */
const lately = 50;

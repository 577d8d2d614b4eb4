import { note } from '@triplicate/core';
import type { NotifyEvent, PipelineStatus, StateContent } from '@triplicate/core';
import { localTime } from '../output/format.ts';
import type { Surrounds } from './around-run.ts';
import { deliver } from './deliver.ts';
import type { RunNews } from './notify.ts';

/** What is told of how a pipeline stands, besides its runs. */
export const standingEvents: readonly NotifyEvent[] = ['behind', 'coverage-lost', 'recovered'];

/**
 * Tells what changed since it was asked last: a destination that fell behind, the 3-2-1 rule that held and holds no more, and that it holds
 * again. Each change once: it is remembered before it is told. The first look is what later ones are compared with.
 */
export const tellStanding = async (surrounds: Surrounds, status: PipelineStatus): Promise<void> => {
  const { pipeline } = surrounds;
  const { told } = await pipeline.state.read();
  const behind = status.destinations.filter(({ state }) => state === 'behind');
  const covered = status.coverage.verdict === 'kept';
  const missing = status.coverage.missing.map(({ what }) => what);
  const lost = covered ? undefined : (told?.lost ?? { at: pipeline.clock.now().getTime(), missing });
  await note(pipeline, (content) => ({
    ...content,
    told: { behind: behind.map(({ destination }) => destination), covered, ...(lost ? { lost } : {}) },
  }));
  const fresh = behind.filter(({ destination }) => told?.behind.includes(destination) !== true);
  if (fresh.length > 0) await tell(surrounds, 'behind', fresh.map(behindText).join('; '));
  if (told === undefined || told.covered === covered) return;
  if (covered) return tell(surrounds, 'recovered', keptAgain(told.lost));
  const why = status.coverage.missing.map(({ what, mend }) => `${what}: ${mend}`);
  await tell(surrounds, 'coverage-lost', ['the 3-2-1 rule is not kept any more', ...why].join('\n'));
};

const keptAgain = (lost: NonNullable<StateContent['told']>['lost']): string =>
  lost === undefined
    ? 'the 3-2-1 rule is kept again'
    : `the 3-2-1 rule is kept again; it was not since ${localTime(lost.at)}: ${lost.missing.join('; ')}`;

const behindText = ({ destination, behindBy }: PipelineStatus['destinations'][number]): string =>
  `"${destination}" is behind by ${behindBy === 1 ? 'a snapshot' : `${behindBy} snapshots`}: triplicate sync ${destination}`;

/** A ping of healthchecks is of a run: the rule that holds again must not stand for a run that succeeded. */
const tell = ({ pipeline, ...surrounds }: Surrounds, event: NotifyEvent, text: string): Promise<void> => {
  const now = pipeline.clock.now().toISOString();
  const news: RunNews = {
    pipeline: pipeline.name,
    event,
    host: pipeline.host.hostname,
    started: now,
    ended: now,
    text: `${pipeline.name}: ${text}`,
    snapshots: [],
    outcomes: [],
  };
  const notifications = surrounds.notifications.filter(({ type }) => type !== 'healthchecks');
  return deliver({ ...surrounds, notifications }, { events: [event], news });
};

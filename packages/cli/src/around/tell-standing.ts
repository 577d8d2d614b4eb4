import { note, type Notification, type NotifyEvent, type PipelineStatus, type StateContent } from '@triplicate/core';
import { localTime } from '../output/format.ts';
import type { Surrounds } from './around-run.ts';
import { deliver } from './deliver.ts';
import type { RunNews } from './notify.ts';

/** What is told of how a pipeline stands, besides its runs. */
export const standingEvents: readonly NotifyEvent[] = ['behind', 'coverage-lost', 'recovered'];

/**
 * Tells what changed since it was asked last: a destination that fell behind, the 3-2-1 rule that held and holds no more, and that it holds
 * again. Each change once: it is remembered before it is told, and what reached somebody not is told him again with the next look. The first look
 * is what later ones are compared with.
 */
export const tellStanding = async (surrounds: Surrounds, status: PipelineStatus): Promise<void> => {
  const { pipeline } = surrounds;
  await tellOwed(surrounds);
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
const tell = async (surrounds: Surrounds, event: NotifyEvent, text: string): Promise<void> => {
  const { pipeline } = surrounds;
  const at = pipeline.clock.now().getTime();
  const notifications = surrounds.notifications.filter(({ type }) => type !== 'healthchecks');
  const missed = await send({ ...surrounds, notifications }, { event, text, at });
  const owed = missed.map((one) => ({ to: nameOf(one), event, text, at }));
  if (owed.length > 0) await note(pipeline, (content) => ({ ...content, owed: [...content.owed, ...owed] }));
};

/** What older than that did not arrive is no news. */
const mostAgoMs = 30 * 24 * 60 * 60_000;

/** What did not reach somebody, once more. It is owed until it arrives, and to nobody who is not in the configuration any more. */
const tellOwed = async (surrounds: Surrounds): Promise<void> => {
  const { pipeline, notifications } = surrounds;
  const { owed } = await pipeline.state.read();
  if (owed.length === 0) return;
  const still: StateContent['owed'] = [];
  for (const one of owed) {
    const to = notifications.filter((notification) => nameOf(notification) === one.to);
    if (to.length === 0 || pipeline.clock.now().getTime() - one.at > mostAgoMs) continue;
    const event = standingEvents.find((known) => known === one.event);
    const missed = event ? await send({ ...surrounds, notifications: to }, { ...one, event }) : [];
    if (missed.length > 0) still.push(one);
  }
  await note(pipeline, (content) => ({ ...content, owed: still }));
};

/** As the configuration has it, which names where a secret stands and holds none. */
const nameOf = (notification: Notification): string => JSON.stringify(notification);

interface Standing {
  readonly event: NotifyEvent;
  readonly text: string;
  readonly at: number;
}

const send = (
  { pipeline, ...surrounds }: Surrounds,
  { event, text, at }: Standing,
): Promise<readonly Notification[]> => {
  const when = new Date(at).toISOString();
  const news: RunNews = {
    pipeline: pipeline.name,
    event,
    host: pipeline.host.hostname,
    started: when,
    ended: when,
    text: `${pipeline.name}: ${text}`,
    snapshots: [],
    outcomes: [],
  };
  return deliver(surrounds, { events: [event], news });
};

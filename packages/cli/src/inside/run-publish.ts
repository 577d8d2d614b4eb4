import { BackupError, suggest, type EventSink, type ListedSnapshot, type PipelineConfig } from '@triplicate/core';
import { choosePipeline, openSetup, type OpenedSetup } from '../compose/open-pipeline.ts';
import { composePipeline } from '../compose/pipeline.ts';
import type { PublishFlags } from '../commands/publish.ts';
import type { CommandContext } from '../program/command.ts';
import { Bars } from './bars.ts';
import { openInsideOf } from './open-inside.ts';
import { publishSnapshots, type PublishedFolderResult } from './publish-run.ts';

export interface PublishCall {
  /** Names of sources; all when empty. */
  readonly sources: readonly string[];
  readonly flags: PublishFlags;
  /** Those snapshots, and not the newest of each source. */
  readonly snapshots?: readonly string[];
  /** Where progress goes when there are bars already. */
  readonly emit?: EventSink;
}

/** Every plain folder of the pipeline that the command line means. USAGE when it has none. */
export const runPublish = async (context: CommandContext, call: PublishCall): Promise<PublishedFolderResult[]> => {
  const { globals } = context;
  if (globals.repo !== undefined) {
    throw new BackupError('USAGE', '--repo has nothing to publish', {
      hint: 'a configuration says where to, by "publish:"; `triplicate export` writes into any folder',
    });
  }
  const setup = await openSetup(context);
  const own = choosePipeline(setup.config, globals.pipeline);
  return publishOf(context, { ...call, setup, own });
};

/** The same with a configuration that was opened already. */
export const publishOf = async (
  context: CommandContext,
  call: PublishCall & { readonly setup: OpenedSetup; readonly own: PipelineConfig },
): Promise<PublishedFolderResult[]> => {
  const { setup, own } = call;
  if (own.publish.length === 0) {
    throw new BackupError('USAGE', `pipeline "${own.name}" publishes nothing`, {
      hint: 'add publish: [{ to: /an/existing/folder }] to it',
    });
  }
  const unknown = call.sources.find((name) => !own.sources.some((source) => source.name === name));
  if (unknown !== undefined) {
    const names = own.sources.map(({ name }) => name);
    throw new BackupError('USAGE', `there is no source "${unknown}"`, { hint: suggest(unknown, names, 'sources') });
  }
  const bars = new Bars(context, call.emit);
  const pipeline = composePipeline(own, { ...setup, context, emit: bars.emit });
  const { directory } = setup.config;
  const parts = { context, bars, flags: call.flags, services: setup.services, sources: own.sources, directory };
  await using inside = await openInsideOf(pipeline, parts);
  const snapshots = chosen(inside.session.snapshots, call);
  const { again = false } = call.flags;
  return await publishSnapshots({ context, inside, pipeline, entries: own.publish, directory, again }, snapshots);
};

const chosen = (all: readonly ListedSnapshot[], { sources, snapshots }: PublishCall): ListedSnapshot[] => {
  if (snapshots !== undefined) return all.filter(({ id }) => snapshots.includes(id));
  const newest = new Map<string, ListedSnapshot>();
  // Oldest first, so that the newest of each source stays.
  for (const snapshot of all) if (snapshot.source !== undefined) newest.set(snapshot.source, snapshot);
  return [...newest.values()].filter(({ source = '' }) => sources.length === 0 || sources.includes(source));
};

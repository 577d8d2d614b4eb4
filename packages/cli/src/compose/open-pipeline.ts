import {
  BackupError,
  openConfig,
  type Config,
  type EventSink,
  type Pipeline,
  type PluginRegistry,
} from '@triplicate/core';
import type { Surrounds } from '../around/around-run.ts';
import type { CommandContext } from '../program/command.ts';
import { withExcludes } from './excludes.ts';
import { namePlugins } from './name-plugins.ts';
import { type ComposeParts, composePipeline } from './pipeline.ts';
import { type RecordRequest, withRecord } from './record.ts';
import { composeRepo } from './repo-pipeline.ts';
import { createServices, type Services } from './services.ts';

export interface OpenedSetup {
  readonly services: Services;
  readonly config: Config;
  /** What the text of the configuration says, as plain values. */
  readonly document: unknown;
  readonly registry: PluginRegistry;
}

/** The configuration that the command line means. CONFIG_INVALID with every mistake in it. */
export const openSetup = async ({ surroundings, output, globals }: CommandContext): Promise<OpenedSetup> => {
  const services = createServices(surroundings, output);
  const { config, document, registry } = await openConfig({
    surroundings,
    registry: services.registry,
    explicit: globals.config,
  });
  namePlugins(registry, output);
  return { services, config, document, registry };
};

/** The pipeline that the command line means: the one of `--repo`, the one of `--pipeline`, or the only one there is. */
export const openPipeline = async (context: CommandContext, emit: EventSink): Promise<Pipeline> => {
  const { globals, surroundings, output } = context;
  if (globals.repo === undefined) return (await openRun(context, emit)).pipeline;
  return composeRepo(globals.repo, { context, services: createServices(surroundings, output), emit });
};

/** A pipeline with what is to happen around a run of it. USAGE with `--repo`, which has nothing to back up. */
export const openRun = async (
  context: CommandContext,
  emit: EventSink,
  changes: PipelineChanges = {},
): Promise<Surrounds> => {
  const { globals } = context;
  if (globals.repo !== undefined) {
    throw new BackupError('USAGE', '--repo has no source', {
      hint: 'a configuration says what to back up; `triplicate init` writes one',
    });
  }
  const setup = await openSetup(context);
  const own = choosePipeline(setup.config, globals.pipeline);
  const changed = withRecord(await withExcludes(own, changes.exclude ?? [], setup.registry), changes.record);
  return {
    context,
    services: setup.services,
    setup,
    own,
    pipeline: composePipeline(changed, { ...setup, context, emit }),
    hooks: own.hooks,
    notifications: own.notify,
    directory: setup.config.directory,
  };
};

/** What the command line changes for one run. */
export interface PipelineChanges {
  /** Patterns of what to leave out, besides those of the configuration. */
  readonly exclude?: readonly string[];
  /** A transcript of what is said to a phone. */
  readonly record?: RecordRequest;
}

/** Every pipeline of the configuration, or the one that the command line names. */
export const openPipelines = async (
  context: CommandContext,
  emit: EventSink,
  more: Pick<ComposeParts, 'patience'> = {},
): Promise<readonly Pipeline[]> => {
  const { globals } = context;
  if (globals.repo !== undefined) return [await openPipeline(context, emit)];
  const setup = await openSetup(context);
  const { pipelines } = setup.config;
  const chosen = globals.pipeline === undefined ? pipelines : [choosePipeline(setup.config, globals.pipeline)];
  return chosen.map((own) => composePipeline(own, { ...setup, context, emit, ...more }));
};

export const choosePipeline = (config: Config, name: string | undefined): Config['pipelines'][number] => {
  const names = config.pipelines.map((pipeline) => `"${pipeline.name}"`).join(', ');
  const [only, ...others] = config.pipelines;
  if (name === undefined) {
    if (only && others.length === 0) return only;
    throw new BackupError('USAGE', `there are ${config.pipelines.length} pipelines`, {
      hint: `choose one with --pipeline: ${names}`,
    });
  }
  const found = config.pipelines.find((pipeline) => pipeline.name === name);
  if (found) return found;
  throw new BackupError('USAGE', `there is no pipeline "${name}" in ${config.file}`, {
    hint: `choose one of ${names}`,
  });
};

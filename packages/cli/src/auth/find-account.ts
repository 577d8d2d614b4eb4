import {
  BackupError,
  resolveClient,
  type DestinationConfig,
  type OAuthParts,
  type PipelineConfig,
  type SystemGrantStore,
} from '@triplicate/core';
import { choosePipeline, openSetup, type OpenedSetup } from '../compose/open-pipeline.ts';
import { findGrantStore } from '../compose/pipeline.ts';
import type { CommandContext } from '../program/command.ts';

/** A destination that a person signs in to. */
export interface Account {
  readonly pipeline: string;
  readonly destination: string;
  readonly parts: OAuthParts;
  readonly store: SystemGrantStore;
}

/** USAGE when there is no such destination, or several, or one that needs no sign-in. */
export const findAccount = async (context: CommandContext, name: string): Promise<Account> => {
  const setup = await openSetup(context);
  const { pipeline, destination } = findDestination(setup, name, context.globals.pipeline);
  const { config, registry, services } = setup;
  const found = await registry.find('destination', destination.type);
  const need = found?.plugin.signIn?.(destination.options);
  if (need === undefined) {
    throw new BackupError('USAGE', `nobody signs in to "${name}"`, {
      hint: `a destination of type "${destination.type}" with these options has all that it needs in the configuration`,
    });
  }
  const directory = config.directory;
  const secret = services.secrets.grant(destination.type, destination.options, { directory, signal: context.signal });
  const client = await resolveClient(need, need.provider, secret);
  return {
    pipeline: pipeline.name,
    destination: name,
    parts: { provider: need.provider, client, clock: services.clock },
    store: findGrantStore({ pipeline: pipeline.name, destination: name }, { config, services }),
  };
};

interface Found {
  readonly pipeline: PipelineConfig;
  readonly destination: DestinationConfig;
}

const findDestination = ({ config }: OpenedSetup, name: string, chosen: string | undefined): Found => {
  const pipelines = chosen === undefined ? config.pipelines : [choosePipeline(config, chosen)];
  const found = pipelines.flatMap((pipeline) =>
    pipeline.destinations.filter((one) => one.name === name).map((destination) => ({ pipeline, destination })),
  );
  const [only, ...others] = found;
  if (only === undefined) {
    const names = pipelines.flatMap(({ destinations }) => destinations.map((one) => one.name));
    throw new BackupError('USAGE', `there is no destination "${name}"`, {
      hint: `choose one of ${[...new Set(names)].join(', ')}`,
    });
  }
  if (others.length === 0) return only;
  throw new BackupError('USAGE', `${found.length} pipelines have a destination "${name}"`, {
    hint: `choose one with --pipeline: ${found.map(({ pipeline }) => `"${pipeline.name}"`).join(', ')}`,
  });
};

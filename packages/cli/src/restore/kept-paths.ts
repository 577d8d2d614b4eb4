import { foldersOf } from '@triplicate/core';
import { resolve } from 'node:path';
import { absoluteOf } from '../compose/disks.ts';
import type { OpenedSetup } from '../compose/open-pipeline.ts';
import type { CommandContext } from '../program/command.ts';

/**
 * What a restore with --delete never removes: the copies that it reads from, the configuration, and what the program remembers. `setup` is
 * absent with --repo.
 */
export const keptPaths = ({ surroundings, globals }: CommandContext, setup: OpenedSetup | undefined): string[] => {
  const { state, cache } = foldersOf(surroundings);
  const { cwd, home } = surroundings;
  const named = [globals.repo, globals.passwordFile].filter((path) => path !== undefined);
  const config = setup?.config;
  const base = { directory: config?.directory ?? cwd, home };
  const copies = (config?.pipelines ?? [])
    .flatMap(({ destinations }) => destinations)
    .filter(({ type }) => type === 'local')
    .map(({ options }) => (options as { readonly path?: unknown }).path)
    .filter((path) => typeof path === 'string');
  return [
    state,
    cache,
    ...named.map((path) => resolve(cwd, path)),
    ...(config ? [config.file] : []),
    ...copies.map((path) => absoluteOf(path, base)),
  ];
};

import { BackupError, type Clock, isKey, type ObjectInfo } from '@triplicate/core';
import { isId, keyOf, type ListPlan, type Place, planList } from './places.ts';
import type { RestProtocol } from './protocol.ts';

export interface ListContext {
  readonly protocol: RestProtocol;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Every object with the prefix. The protocol tells no times: what is listed counts as written now, so that nobody takes it for old.
 * UNSUPPORTED when repositories below the prefix would have to be found, whose names nobody tells.
 */
export async function* listObjects(context: ListContext, prefix: string): AsyncIterable<ObjectInfo> {
  const { clock, protocol, signal } = context;
  const plan = planList(prefix);
  const unseen = plan.below === undefined ? new Map<string, number>() : await namesBelow(context, plan.below);
  if (plan.config !== undefined) {
    const config = await protocol.look(plan.config, signal);
    if (config !== undefined) {
      see(unseen, 'config');
      const key = `${plan.config.repository}config`;
      yield { key, size: config.size, modified: config.modified ?? clock.now() };
    }
  }
  for await (const { key, place, size } of entriesOf(context, plan)) {
    see(unseen, place.name);
    if (key.startsWith(prefix)) yield { key, size, modified: clock.now() };
  }
  // What vanished in the meantime was not elsewhere.
  if (unseen.size === 0) return;
  const still = await namesBelow(context, plan.below ?? '');
  if ([...unseen.keys()].some((name) => still.has(name))) throw tooHigh(plan.below ?? '');
}

const see = (unseen: Map<string, number>, name: string): void => {
  const count = (unseen.get(name) ?? 0) - 1;
  if (count > 0) unseen.set(name, count);
  else unseen.delete(name);
};

interface Entry {
  readonly key: string;
  readonly place: Place;
  readonly size: number;
}

async function* entriesOf(context: ListContext, plan: ListPlan): AsyncIterable<Entry> {
  for (const { folder, repository } of plan.folders) {
    for (const { name, size } of await listFolder(context, { folder, repository })) {
      const place = { folder, repository, name };
      const key = keyOf(place);
      // Foreign and half-written files are left alone.
      if (key === undefined || !isKey(key)) continue;
      yield { key, place, size: size ?? (await sizeOf(context, place)) };
    }
  }
}

/**
 * A folder that is not there is empty, as long as there is no repository: servers proper make all folders with it, and say "not found" as
 * well when they cannot read one.
 */
const listFolder = async (
  { protocol, signal }: ListContext,
  { folder, repository }: Pick<Place, 'folder' | 'repository'>,
) => {
  const listed = await protocol.list(repository, folder, signal);
  if (listed !== undefined) return listed;
  if (folder === 'triplicate') return [];
  if ((await protocol.look({ repository, folder: '', name: 'config' }, signal)) === undefined) return [];
  throw new BackupError('UNAVAILABLE', `the server cannot list the folder "${folder}" of this repository`);
};

const sizeOf = async ({ protocol, signal }: ListContext, place: Place): Promise<number> => {
  const found = await protocol.look(place, signal);
  if (found === undefined) throw new BackupError('UNAVAILABLE', `"${place.name}" vanished while it was listed`);
  return found.size;
};

/** The names of all that could belong to a repository, however deep, and how often each is there. */
const namesBelow = async ({ protocol, signal }: ListContext, below: string): Promise<Map<string, number>> => {
  if (!protocol.isRclone) throw tooHigh(below);
  const names = new Map<string, number>();
  for (const { name } of (await protocol.list(below, '', signal)) ?? []) {
    if (isId(name) || name === 'config') names.set(name, (names.get(name) ?? 0) + 1);
  }
  return names;
};

const tooHigh = (below: string): BackupError =>
  new BackupError('UNSUPPORTED', `a REST server does not tell which repositories stand in "${below}"`);

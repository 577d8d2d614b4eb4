import {
  BackupError,
  coreEntries,
  isBackupError,
  MemoryState,
  openWithPassword,
  planChain,
  PluginRegistry,
  shellWord,
  wrapDestination,
  type Chain,
  type Destination,
  type EventSink,
  type Pipeline,
  type SecretReference,
} from '@triplicate/core';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CommandContext } from '../program/command.ts';
import { readVersion } from '../version.ts';
import { hostOf } from './host.ts';
import { passwordOf } from './password.ts';
import type { Services } from './services.ts';

/** The environment variable that holds the password when `--password-file` is not given. */
export const passwordVariable = 'TRIPLICATE_PASSWORD';

/**
 * A pipeline of one replica in a folder, for a person who has neither the computer nor the configuration any more. It has no source and
 * remembers nothing.
 */
export const composeRepo = async (
  folder: string,
  {
    context,
    services,
    emit,
  }: { readonly context: CommandContext; readonly services: Services; readonly emit: EventSink },
): Promise<Pipeline> => {
  const { surroundings, globals, signal } = context;
  const directory = surroundings.cwd;
  const path = resolve(directory, folder);
  const reference: SecretReference =
    globals.passwordFile === undefined ? { env: passwordVariable } : { file: globals.passwordFile };
  const open = async (): Promise<Destination> => {
    const { openLocal } = await import('@triplicate/dest-local');
    const adapter = await openLocal({ path, mustExist: true, clock: services.clock }).catch((error: unknown) => {
      if (!isBackupError(error, 'UNAVAILABLE')) throw error;
      // There is one place and no other copy to wait for: where no folder is, no repository is.
      const hint = 'plug in or mount the disk, or correct the folder given with --repo';
      throw new BackupError('NO_REPOSITORY', error.message, { hint, cause: error });
    });
    if ((await adapter.stat('config', { signal })) === undefined) throw noRepository(path, await repositoryIn(path));
    return wrapDestination(adapter, { log: services.log, clock: services.clock, random: Math.random });
  };
  const opens = async (typed: string): Promise<boolean> => {
    await using destination = await open();
    return await openWithPassword(destination, typed, { signal }).then(
      () => true,
      // Anything else is told by whoever works with it.
      (error: unknown) => !isBackupError(error, 'WRONG_PASSWORD'),
    );
  };
  return {
    name: 'repo',
    sources: [],
    destinations: [{ name: 'repo', removable: false, offsite: false, media: 'other', readOnly: false, open }],
    chain: await standardChain(reference),
    quorum: 1,
    pace: 'fastest',
    ...passwordOf({
      context,
      services,
      reference,
      directory,
      what: `the repository in ${path}`,
      opens,
      pipes: true,
      hint: `name the file that has it with --password-file, or set ${passwordVariable}`,
    }),
    host: hostOf(surroundings),
    clock: services.clock,
    state: new MemoryState(),
    emit,
    signal,
    threads: surroundings.threads,
    patienceMs: 120_000,
    lockWaitMs: globals.retryLock,
    programVersion: `triplicate ${readVersion()}`,
  };
};

/** Without a configuration nothing can be made here; mostly the folder is one too high. */
const noRepository = (path: string, found: string | undefined): BackupError =>
  new BackupError('NO_REPOSITORY', `no repository in ${path}`, {
    hint:
      found === undefined
        ? 'give the folder that has "config" and "keys" in it'
        : `did you mean ${shellWord(found)}? There is one`,
  });

/** A repository one level deeper, when there is just one. */
const repositoryIn = async (path: string): Promise<string | undefined> => {
  const names = await readdir(path).catch(() => []);
  const found = names.map((name) => join(path, name)).filter((folder) => looksLikeRepository(folder));
  return found.length === 1 ? found[0] : undefined;
};

const looksLikeRepository = (folder: string): boolean =>
  ['config', 'keys'].every((name) => existsSync(join(folder, name)));

/** What the repository's own config does not override. */
const standardChain = async (password: SecretReference): Promise<Chain> => {
  const registry = new PluginRegistry(coreEntries);
  const found = new Map(
    await Promise.all(
      ['dedupe', 'compress'].map(async (type) => [type, await registry.find('transform', type)] as const),
    ),
  );
  const steps = [
    { type: 'dedupe', options: {} },
    { type: 'compress', options: {} },
    { type: 'encrypt', options: { password } },
  ];
  const planned = planChain(steps, (type) => found.get(type));
  if ('problems' in planned) throw new TypeError(planned.problems[0]?.message);
  return planned.chain;
};

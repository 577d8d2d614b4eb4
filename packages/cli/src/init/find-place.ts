import { configFileName, readVariable } from '@triplicate/core';
import { join, resolve } from 'node:path';
import type { Services } from '../compose/services.ts';
import type { CommandContext } from '../program/command.ts';
import { exists } from './password-place.ts';

export interface ConfigPlace {
  readonly file: string;
  readonly exists: boolean;
  /** Whether the command line or the environment names it. */
  readonly named: boolean;
}

/** The configuration that commands would use, or else where a new one goes: where it is named, and without a name in the working folder. */
export const findPlace = async (
  { surroundings, globals }: CommandContext,
  { folders }: Services,
): Promise<ConfigPlace> => {
  const named = globals.config ?? readVariable(surroundings, 'TRIPLICATE_CONFIG');
  if (named !== undefined) {
    const file = resolve(surroundings.cwd, named);
    return { file, exists: await exists(file), named: true };
  }
  const here = join(surroundings.cwd, configFileName);
  for (const file of [here, join(folders.config, configFileName)]) {
    if (await exists(file)) return { file, exists: true, named: false };
  }
  return { file: here, exists: false, named: false };
};

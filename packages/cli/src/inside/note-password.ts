import { createServices } from '../compose/services.ts';
import type { CommandContext } from '../program/command.ts';

/** The environment variable that holds the password of locked notes. */
export const notePasswordVariable = 'TRIPLICATE_NOTE_PASSWORD';

/** The password of locked notes from a file or the environment. Without one, locked notes are named and stay closed. */
export const notePasswordOf = async (
  { surroundings, output, signal }: CommandContext,
  file: string | undefined,
): Promise<string | undefined> => {
  if (file === undefined && surroundings.env[notePasswordVariable] === undefined) return undefined;
  const { secrets } = createServices(surroundings, output);
  const reference = file === undefined ? { env: notePasswordVariable } : { file };
  return secrets.resolve(reference, { directory: surroundings.cwd, signal, pipes: true });
};

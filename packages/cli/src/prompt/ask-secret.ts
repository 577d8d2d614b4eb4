import { BackupError } from '@triplicate/core';
import type { Readable } from 'node:stream';
import type { CommandContext } from '../program/command.ts';

export interface AskSecretOptions {
  /** Says what is wrong with what was typed, or nothing. */
  readonly validate?: (typed: string) => string | undefined;
}

/** Asks on the terminal of the talk, without showing what is typed. ABORTED when the person leaves. */
export const askSecret = async (
  message: string,
  { surroundings, output, signal }: Pick<CommandContext, 'surroundings' | 'output' | 'signal'>,
  { validate }: AskSecretOptions = {},
): Promise<string> => {
  const { isCancel, password } = await import('@clack/prompts');
  const typed = await password({
    message,
    input: surroundings.stdin as Readable,
    output: output.talk,
    signal,
    validate: (value) => {
      if (value === undefined || value === '') return 'an empty password protects nothing';
      return validate?.(value);
    },
  });
  if (isCancel(typed)) throw new BackupError('ABORTED', 'interrupted');
  return typed;
};

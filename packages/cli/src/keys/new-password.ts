import { BackupError } from '@triplicate/core';
import { createServices } from '../compose/services.ts';
import type { CommandContext } from '../program/command.ts';
import { askSecret } from '../prompt/ask-secret.ts';

/** From the first line of a file, or typed twice at the terminal. USAGE where nobody can be asked. */
export const newPassword = async (context: CommandContext, file: string | undefined): Promise<string> => {
  const { surroundings, output, signal } = context;
  const { secrets, redactor } = createServices(surroundings, output);
  if (file !== undefined) {
    return secrets.resolve({ file }, { directory: surroundings.cwd, signal, pipes: true });
  }
  if (surroundings.stdin.isTTY !== true || output.talk.isTTY !== true || output.json) {
    throw new BackupError('USAGE', 'nobody can be asked for the new password here', {
      hint: 'give it with --new-password-file',
    });
  }
  const typed = await askSecret('The new password', context);
  redactor.add(typed);
  await askSecret('The same password again', context, {
    validate: (again) => (again === typed ? undefined : 'this is another one than before'),
  });
  return typed;
};

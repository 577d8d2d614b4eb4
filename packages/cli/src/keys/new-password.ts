import { BackupError } from '@triplicate/core';
import { asClause } from '../output/error.ts';
import { createServices } from '../compose/services.ts';
import type { CommandContext } from '../program/command.ts';
import { openAsk } from '../prompt/ask.ts';
import { shortness, typeNewPassword } from '../prompt/type-new-password.ts';

/** From the first line of a file, or typed twice at the terminal. USAGE where nobody can be asked. */
export const newPassword = async (context: CommandContext, file: string | undefined): Promise<string> => {
  const { surroundings, output, signal } = context;
  const { secrets, redactor } = createServices(surroundings, output);
  if (file !== undefined) {
    const read = await secrets.resolve({ file }, { directory: surroundings.cwd, signal, pipes: true });
    const short = shortness(read);
    if (short !== undefined) output.note(asClause(short));
    return read;
  }
  if (surroundings.stdin.isTTY !== true || output.talk.isTTY !== true || output.json) {
    throw new BackupError('USAGE', 'nobody can be asked for the new password here', {
      hint: 'give it with --new-password-file',
    });
  }
  const words = { first: 'The new password', again: 'The same password again' };
  const typed = await typeNewPassword(await openAsk(context), context, words);
  redactor.add(typed);
  return typed;
};

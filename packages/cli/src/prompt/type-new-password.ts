import type { CommandContext } from '../program/command.ts';
import { askSecret } from './ask-secret.ts';
import type { Ask } from './ask.ts';

/** Whoever has a copy can try as many as he likes. */
const shortest = 12;

/** Says that a new password is short, or nothing. */
export const shortness = (password: string): string | undefined => {
  const { length } = Array.from(password);
  if (length >= shortest) return undefined;
  return `The password is short (${length} of at least ${shortest} characters): who gets hold of a copy can try them all. Four random words are better.`;
};

export interface NewPasswordWords {
  readonly first: string;
  readonly again: string;
}

/** A password that protects something from now on: typed twice, and a short one confirmed. ABORTED when the person leaves. */
export const typeNewPassword = async (
  ask: Pick<Ask, 'tell' | 'confirm'>,
  context: CommandContext,
  words: NewPasswordWords,
): Promise<string> => {
  for (;;) {
    const first = await askSecret(words.first, context);
    const short = shortness(first);
    if (short !== undefined) {
      ask.tell(short);
      if (!(await ask.confirm('Use it all the same?', false))) continue;
    }
    if ((await askSecret(words.again, context)) === first) return first;
    // The first may be the one that was mistyped.
    ask.tell('These are two different ones: type it twice once more.');
  }
};

import { BackupError, type SignInMethod, type SignInTalk } from '@triplicate/core';
import { createInterface } from 'node:readline/promises';
import type { CommandContext } from '../program/command.ts';
import { filled, openAsk } from '../prompt/ask.ts';
import { hasBrowser, openBrowser } from './open-browser.ts';

/** How a person at this terminal is asked to sign in. What has to be opened is shown with `--quiet` too: nothing goes on without it. */
export const talkTo = (context: CommandContext, { destination, name }: TalkOptions): SignInTalk => {
  const { output, surroundings } = context;
  const show = (method: SignInMethod, url: string, rest: { code?: string; expires?: string } = {}): Promise<void> =>
    output.line({ type: 'sign-in', destination, method, url, ...rest });
  return {
    async browse(url) {
      await show('browser', url);
      const opens = hasBrowser(surroundings);
      output.note(
        `${opens ? `sign in to ${name} in the browser; if none opens` : `to sign in to ${name}`}, go to\n\n  ${url}\n`,
      );
      if (opens) openBrowser(url, surroundings);
    },
    async showCode({ code, expiresAt, url }) {
      await show('device', url, { code, expires: expiresAt.toISOString() });
      output.note(`to sign in to ${name}, go to ${url} on any machine, and type there\n\n  ${code}\n`);
    },
    async askForAnswer({ url, wanted }) {
      await show('paste', url);
      const then =
        wanted === 'code'
          ? 'and copy the code that the last page shows'
          : 'and copy the address of the last page; it cannot be reached, and that is as it should be';
      output.note(`to sign in to ${name}, go to\n\n  ${url}\n\non any machine, ${then}`);
      return ask(context, wanted === 'code' ? 'The code' : 'The address');
    },
  };
};

export interface TalkOptions {
  readonly destination: string;
  /** Of the provider. */
  readonly name: string;
}

const ask = async (context: CommandContext, message: string): Promise<string> => {
  const { output, signal, surroundings } = context;
  if (surroundings.stdin.isTTY === true && output.talk.isTTY === true && !output.json) {
    return (await openAsk(context)).text({ message, validate: filled });
  }
  const lines = createInterface({ input: surroundings.stdin, signal });
  try {
    for await (const line of lines) if (line.trim() !== '') return line;
  } finally {
    lines.close();
  }
  signal.throwIfAborted();
  throw new BackupError('AUTH', 'nothing was pasted', {
    hint: 'Run it on a terminal, or give the answer on the standard input.',
  });
};

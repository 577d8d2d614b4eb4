import { describeReference, type Config, type PipelineConfig } from '@triplicate/core';
import { passwordOf } from '../compose/password.ts';
import type { Services } from '../compose/services.ts';
import { asClause } from '../output/error.ts';
import type { CommandContext } from '../program/command.ts';
import { openAsk } from '../prompt/ask.ts';
import { shortness, typeNewPassword } from '../prompt/type-new-password.ts';
import { passwordWords } from './ask-password.ts';

export interface FirstPassword {
  /** From where the configuration says that it is; else typed twice, for nothing else shows a slip of the fingers. */
  readonly get: () => Promise<string>;
  /** What is to be done with one that was typed, so that the next command finds it. */
  readonly todo: () => string | undefined;
}

interface FirstPasswordParts {
  readonly context: CommandContext;
  readonly services: Services;
  readonly config: Config;
}

/** The password that a repository is created with: no replica can tell yet whether it is the right one. */
export const firstPassword = (
  own: PipelineConfig,
  { context, services, config }: FirstPasswordParts,
): FirstPassword => {
  const reference = own.chain.encrypt.password;
  const what = `the repository "${own.name}"`;
  let isTyped = false;
  const ask = async (): Promise<string> => {
    const typed = await typeNewPassword(await openAsk(context), context, passwordWords);
    services.redactor.add(typed);
    isTyped = true;
    return typed;
  };
  const { password: fetch } = passwordOf({ context, services, reference, directory: config.directory, what, ask });
  return {
    get: async () => {
      const password = await fetch();
      const short = isTyped ? undefined : shortness(password);
      if (short !== undefined) context.output.note(asClause(short));
      return password;
    },
    todo: () =>
      isTyped
        ? `put the password into ${describeReference(reference)} now, where the next command looks for it, and keep a copy of it somewhere else`
        : undefined,
  };
};

import { BackupError } from '@triplicate/core';
import type { Readable, Writable } from 'node:stream';
import { wrapped } from '../output/prose.ts';
import type { CommandContext } from '../program/command.ts';

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

export interface TextQuestion {
  readonly message: string;
  readonly placeholder?: string;
  readonly initialValue?: string;
  /** Says what is wrong with what was typed, or nothing. */
  readonly validate?: (typed: string) => string | undefined;
}

/** Questions on the terminal of the talk. Each rejects with ABORTED when the person leaves. */
export interface Ask {
  begin(title: string): void;
  tell(text: string): void;
  text(question: TextQuestion): Promise<string>;
  confirm(message: string, initialValue?: boolean): Promise<boolean>;
  choose(message: string, choices: readonly Choice[]): Promise<string>;
  chooseSome(message: string, choices: readonly Choice[], initialValues: readonly string[]): Promise<readonly string[]>;
}

/** As wide as what clack draws to the left of its texts. */
const frame = '   ';

export const openAsk = async ({ surroundings, output, signal }: CommandContext): Promise<Ask> => {
  const clack = await import('@clack/prompts');
  const common = { input: surroundings.stdin as Readable, output: output.talk as Writable, signal };
  const answer = <T>(given: T): Exclude<T, symbol> => {
    if (clack.isCancel(given)) throw new BackupError('ABORTED', 'interrupted');
    return given as Exclude<T, symbol>;
  };
  const columns = output.talk.isTTY === true ? (output.talk.columns ?? 80) : 0;
  // The frame stands to the left of every line of a note, and of the first of what is said against an answer.
  const inFrame = (text: string): string => wrapped(text, columns === 0 ? 0 : columns - frame.length);
  const against = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : inFrame(text).replaceAll('\n', `\n${frame}`);
  const copies = (choices: readonly Choice[]): Choice[] => choices.map((choice) => ({ ...choice }));
  return {
    begin: (title) => clack.intro(title, common),
    tell: (text) => clack.log.message(inFrame(text), common),
    text: async ({ validate, ...question }) =>
      answer(
        await clack.text({ ...question, ...common, validate: (typed) => against(validate?.((typed ?? '').trim())) }),
      ).trim(),
    confirm: async (message, initialValue = true) => answer(await clack.confirm({ message, initialValue, ...common })),
    choose: async (message, choices) => answer(await clack.select({ message, options: copies(choices), ...common })),
    chooseSome: async (message, choices, initialValues) =>
      answer(
        await clack.multiselect({
          message,
          options: copies(choices),
          initialValues: [...initialValues],
          required: true,
          ...common,
        }),
      ),
  };
};

/** For `validate`: something has to be typed. */
export const filled = (typed: string): string | undefined => (typed === '' ? 'something has to stand here' : undefined);

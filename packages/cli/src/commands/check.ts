import type { Pipeline, ReadData } from '@triplicate/core';
import { InvalidArgumentError } from 'commander';
import { exitCodeOfResults } from '../exit-codes.ts';
import { withReporter } from '../progress/with-reporter.ts';
import { defineCommand } from '../program/command.ts';
import { given, namesOf } from '../program/options.ts';
import { checkSummary, formatCheck } from '../render/check.ts';
import { verifyPrinted } from '../runs/verify-printed.ts';

interface CheckFlags {
  /** `true` for all; a text is a share, or the name of a destination that stands behind the option. */
  readonly readData?: true | string;
  readonly due?: boolean;
}

export const command = defineCommand<CheckFlags>({
  description:
    'Looks whether each destination is whole by itself: that everything its snapshots need is there. With --read-data it also reads the ' +
    'packs and verifies every blob in them; with a share, a part of them each time.',
  examples: [
    ['check', 'the structure of every destination'],
    ['check usb-disk --read-data', 'every byte of one'],
    ['check --read-data=5%', 'a twentieth of the packs, by chance'],
    ['check --due', 'what has to be read today so that all is read in time'],
    ['check --read-data=2/7', 'the second of seven parts, for one part a day'],
  ],
  exits: [1, 2, 3, 10, 11, 12],
  exitWords: {
    1: 'failed, or there is damage',
    3: 'a destination has lost snapshots, or could not be looked at while another could',
  },
  configure: (command) =>
    void command
      .argument('[destination...]', 'names of destinations; all when left out')
      .option('--due', 'look at everything and read what is due by `verify: { within }`, and mend at once what is bad')
      .option('--read-data [share]', 'read the packs too: all of them, a share (5%), or a part (2/7)'),
  async run(context, { args: [given_], options }) {
    if (options.due === true) return await verifyPrinted(context, namesOf(given_));
    const { check } = await import('@triplicate/core');
    const { openPipeline } = await import('../compose/open-pipeline.ts');
    const { readData, names, unclear } = readShare(options.readData, (given_ as readonly string[] | undefined) ?? []);
    const { pipeline, results } = await withReporter(context, async (emit) => {
      const pipeline = await openPipeline(context, emit);
      if (unclear !== undefined) await requireDestination(unclear, pipeline);
      const request = { ...given('only', namesOf(names)), ...given('readData', readData), random: Math.random };
      return { pipeline, results: await check(pipeline, request) };
    });
    const code = exitCodeOfResults(results);
    await context.output.report(formatCheck(results, context.output.style), code);
    await context.output.line(checkSummary(results, pipeline.name));
    return code;
  },
});

interface Reading {
  readonly readData: ReadData | undefined;
  readonly names: readonly string[];
  /** The value of the option where it is no share: one of `names` then, or a mistake. */
  readonly unclear?: string;
}

const readShare = (value: CheckFlags['readData'], names: readonly string[]): Reading => {
  if (value === undefined) return { readData: undefined, names };
  if (value === true) return { readData: 'all', names };
  const share = parseShare(value);
  // `check --read-data usb-disk`: commander takes the name for the value of the option.
  if (share === undefined) return { readData: 'all', names: [...names, value], unclear: value };
  return { readData: share, names };
};

const requireDestination = async (value: string, { destinations }: Pipeline): Promise<void> => {
  if (destinations.some(({ name }) => name === value)) return;
  const { BackupError } = await import('@triplicate/core');
  const known = destinations.map(({ name }) => `"${name}"`).join(', ');
  throw new BackupError('USAGE', `the share to read is a percentage (5%) or a part (2/7), and not "${value}"`, {
    hint: `leave it out to read all, or give the name of a destination: ${known}`,
  });
};

/** `undefined` for what is no share at all. */
const parseShare = (text: string): ReadData | undefined => {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent !== undefined) {
    if (Number(percent) > 0 && Number(percent) <= 100) return { percent: Number(percent) };
    throw new InvalidArgumentError(`a share is more than 0% and at most 100%, and not ${text}`);
  }
  const [, part, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (part === undefined || of === undefined) return undefined;
  if (Number(part) >= 1 && Number(part) <= Number(of) && Number(of) <= 256)
    return { part: Number(part), of: Number(of) };
  throw new InvalidArgumentError(`a part is n of t, with n from 1 to t and t at most 256, and not ${text}`);
};

import type { EventSink } from '@triplicate/core';
import type { CommandContext } from '../program/command.ts';
import { showsUnicode } from '../output/unicode.ts';
import { Reporter } from './reporter.ts';

/** Runs long work while its events are shown; the bars are gone when it ends, however it ends. */
export const withReporter = async <T>(
  { output, surroundings }: Pick<CommandContext, 'output' | 'surroundings'>,
  work: (emit: EventSink, reporter: Reporter) => Promise<T>,
): Promise<T> => {
  using reporter = new Reporter(output, { now: () => performance.now(), unicode: showsUnicode(surroundings) });
  return await work(reporter.report, reporter);
};

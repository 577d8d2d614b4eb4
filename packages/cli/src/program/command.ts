import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import type { Output } from '../output/output.ts';
import type { CliSurroundings } from '../surroundings.ts';
import type { GlobalOptions } from './global-options.ts';

/** What every command is given. */
export interface CommandContext {
  readonly surroundings: CliSurroundings;
  readonly output: Output;
  readonly globals: GlobalOptions;
  /** Fires on the first Ctrl-C, and when nobody reads the result of a command that only looks. */
  readonly signal: AbortSignal;
}

export interface Invocation<Options> {
  /** As commander parsed them: a variadic argument is an array, a missing optional one is undefined. */
  readonly args: readonly unknown[];
  readonly options: Options;
}

/** One command; its file is loaded when it is called or asked for help, and not before. */
export interface CommandDefinition<Options = unknown> {
  /** More than the summary of the table: what it does and does not do. */
  readonly description: string;
  /** Command lines without the program's name, with what they do. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** What it may end with, besides 0 and 130. */
  readonly exits: readonly ExitCode[];
  /** Where a code means something else here than its usual words say. */
  readonly exitWords?: Partial<Readonly<Record<ExitCode, string>>>;
  /** Only prints: when nobody reads any more it just ends. */
  readonly onlyPrints?: boolean;
  /** What is said on the first Ctrl-C. */
  readonly stopping?: string;
  /** The same, where it depends on the options. */
  tellStopping?(options: Options): string;
  /** Declares arguments and options. */
  configure(command: Command): void;
  run(context: CommandContext, invocation: Invocation<Options>): Promise<ExitCode>;
}

/** Keeps the type of the options inside the command's file. */
export const defineCommand = <Options>(definition: CommandDefinition<Options>): CommandDefinition<Options> =>
  definition;

import { Command } from 'commander';
import { commandTable, groups, type CommandEntry } from '../commands/table.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { CommandContext, CommandDefinition } from './command.ts';
import { addGlobalOptions, type GlobalOptions } from './global-options.ts';
import { commandHelp, programHelp } from './help.ts';

export interface ProgramParts {
  /** Makes the context of a command that is about to run. */
  readonly begin: (globals: GlobalOptions, definition: CommandDefinition) => Promise<CommandContext>;
  /** Told which command was named, before its arguments are looked at. */
  readonly chosen: (command: Command) => void;
  /** Told what the command ended with. */
  readonly end: (code: ExitCode) => void;
  readonly write: (text: string) => void;
  readonly columns: number;
  readonly isColoured: boolean;
}

/** The parser with every command declared by name; a command's own options are declared when it is chosen. */
export const createProgram = (parts: ProgramParts): Command => {
  const program = configure(new Command('triplicate'), parts);
  addGlobalOptions(program)
    .usage('[options] <command>')
    .description(
      'Your iPhone and your files, in triplicate: one read, several destinations, restored from whichever survives.',
    )
    .option('-V, --version', 'print the version')
    .addHelpText('after', programHelp);
  const loaded = new Map<string, Promise<CommandDefinition>>();
  const load = (entry: CommandEntry, command: Command): Promise<CommandDefinition> => {
    const definition = loaded.get(entry.name) ?? loadDefinition(entry, command, parts);
    loaded.set(entry.name, definition);
    return definition;
  };
  for (const entry of commandTable) {
    configure(program.command(entry.name), parts).summary(entry.summary).helpGroup(groups[entry.group]);
  }
  addHelpCommand(program, parts, load);
  program.hook('preSubcommand', async (_, command) => {
    const entry = commandTable.find(({ name }) => name === command.name());
    parts.chosen(command);
    if (entry) await load(entry, command);
  });
  return program;
};

const configure = (command: Command, { write, columns, isColoured }: ProgramParts): Command =>
  command
    .exitOverride()
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(columns, 100) })
    .configureOutput({
      writeOut: write,
      // Told by whoever catches the CommanderError, as every other error is.
      writeErr: () => undefined,
      outputError: () => undefined,
      getOutHasColors: () => isColoured,
    });

const loadDefinition = async (
  entry: CommandEntry,
  command: Command,
  parts: ProgramParts,
): Promise<CommandDefinition> => {
  const { command: definition } = await entry.load();
  definition.configure(command);
  command
    .description(definition.description)
    .addHelpText('after', () => commandHelp(definition))
    .action(async () => {
      const context = await parts.begin(command.optsWithGlobals<GlobalOptions>(), definition);
      parts.end(await definition.run(context, { args: command.processedArgs, options: command.opts() }));
    });
  return definition;
};

const addHelpCommand = (
  program: Command,
  parts: ProgramParts,
  load: (entry: CommandEntry, command: Command) => Promise<CommandDefinition>,
): void => {
  configure(program.command('help'), parts)
    .summary('show the help of a command')
    .argument('[command]')
    .helpGroup(groups.rest)
    .action(async (name: string | undefined) => {
      const command = program.commands.find((candidate) => candidate.name() === name);
      const entry = commandTable.find((candidate) => candidate.name === name);
      if (name !== undefined && !command) {
        const { closest } = await import('@triplicate/core');
        const near = closest(
          name,
          program.commands.map((candidate) => candidate.name()),
        );
        const meant = near === undefined ? '' : `\n(Did you mean ${near}?)`;
        program.error(`unknown command '${name}'${meant}`, { code: 'commander.unknownCommand' });
      }
      if (entry && command) await load(entry, command);
      (command ?? program).outputHelp();
      parts.end(exitCodes.ok);
    });
};

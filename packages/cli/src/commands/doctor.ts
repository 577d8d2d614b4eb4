import { defineCommand } from '../program/command.ts';

export interface DoctorFlags {
  readonly heavy?: boolean;
}

export const command = defineCommand<DoctorFlags>({
  description:
    'Looks whether everything that a run needs is in order: this machine, the configuration, the password, each source and each destination. With the name ' +
    'of a destination it also proves that the place keeps every promise that backups rely on, by writing to a folder of its own there and ' +
    'removing it again.',
  examples: [
    ['doctor', 'look at everything'],
    ['doctor cloud', 'prove one destination, about a hundred small objects'],
    ['doctor cloud --heavy', 'also with large objects and a thousand small ones'],
  ],
  exits: [1, 2],
  configure: (command) =>
    void command
      .argument('[destination...]', 'names of destinations to prove')
      .option('--heavy', 'also what moves many megabytes or makes a thousand calls'),
  async run(context, { args: [names], options }) {
    const { runDoctor } = await import('../doctor/run-doctor.ts');
    return runDoctor(context, (names as readonly string[] | undefined) ?? [], options);
  },
});

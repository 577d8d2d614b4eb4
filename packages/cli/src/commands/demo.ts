import { defineCommand } from '../program/command.ts';

export interface DemoFlags {
  readonly to?: string;
  readonly quick?: boolean;
}

export const command = defineCommand<DemoFlags>({
  description:
    'Plays the whole story on this machine in under a minute, with a simulated iPhone: it is paired and backed up to three destinations, ' +
    'takes photos and is backed up again, phone and one destination are lost, a new phone is restored from what is left, and a new disk is ' +
    'filled from the others. Nothing leaves this machine. It leaves a folder and a configuration to play with.',
  examples: [
    ['demo', 'in ./triplicate-demo'],
    ['demo --quick', 'with fewer photos and without pauses'],
    ['demo --to /tmp/demo', 'in another folder'],
  ],
  exits: [1, 2],
  stopping: 'the demo stops here',
  configure: (command) =>
    void command
      .option('-t, --to <folder>', 'where to play; a folder that is not there yet, or empty')
      .option('--quick', 'fewer photos and no pauses'),
  async run(context, { options }) {
    const { playDemo } = await import('../demo/play.ts');
    return playDemo(context, options);
  },
});

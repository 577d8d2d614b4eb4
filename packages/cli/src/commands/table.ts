import type { CommandDefinition } from '../program/command.ts';

export const groups = {
  start: 'Begin:',
  backup: 'Back up:',
  look: 'Look:',
  restore: 'Get it back:',
  care: 'Take care of it:',
  rest: 'Set up:',
} as const;

export interface CommandEntry {
  readonly name: string;
  readonly group: keyof typeof groups;
  /** For the list of commands. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: CommandDefinition }>;
}

/** Every command, in the order of the help. A further one is one line here and one file beside. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: 'init',
    group: 'start',
    summary: 'write a configuration and create the repository',
    load: () => import('./init.ts'),
  },
  {
    name: 'backup',
    group: 'backup',
    summary: 'back up the sources to every destination',
    load: () => import('./backup.ts'),
  },
  {
    name: 'sync',
    group: 'backup',
    summary: 'bring destinations that are behind up to the others',
    load: () => import('./sync.ts'),
  },
  {
    name: 'snapshots',
    group: 'look',
    summary: 'list the snapshots and where they are',
    load: () => import('./snapshots.ts'),
  },
  {
    name: 'config',
    group: 'rest',
    summary: 'check, show or trust the configuration',
    load: () => import('./config.ts'),
  },
];

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

const entry = (
  name: string,
  group: CommandEntry['group'],
  summary: string,
  load: CommandEntry['load'],
): CommandEntry => ({ name, group, summary, load });

/** Every command, in the order of the help. A further one is one line here and one file beside. */
export const commandTable: readonly CommandEntry[] = [
  entry('demo', 'start', 'see it work, on this machine, in under a minute', () => import('./demo.ts')),
  entry('init', 'start', 'write a configuration and create the repository', () => import('./init.ts')),
  entry('backup', 'backup', 'back up the sources to every destination', () => import('./backup.ts')),
  entry('sync', 'backup', 'bring destinations that are behind up to the others', () => import('./sync.ts')),
  entry('status', 'look', 'where everything stands, and whether the 3-2-1 rule holds', () => import('./status.ts')),
  entry('runs', 'look', 'what ran, when, and how it ended', () => import('./runs.ts')),
  entry('snapshots', 'look', 'list the snapshots and where they are', () => import('./snapshots.ts')),
  entry('ls', 'look', 'list what is in a snapshot', () => import('./ls.ts')),
  entry('find', 'look', 'look for names in all snapshots', () => import('./find.ts')),
  entry('diff', 'look', 'what changed between two snapshots', () => import('./diff.ts')),
  entry('cat', 'look', 'print a file of a snapshot', () => import('./cat.ts')),
  entry('stats', 'look', 'what snapshots hold and what they take', () => import('./stats.ts')),
  entry('restore', 'restore', 'restore from whichever destination survives', () => import('./restore.ts')),
  entry('export', 'restore', 'messages, photos, contacts … out of an iPhone’s backup', () => import('./export.ts')),
  entry('publish', 'restore', 'keep plain, readable folders up to date', () => import('./publish.ts')),
  entry('check', 'care', 'verify that each destination is whole', () => import('./check.ts')),
  entry('heal', 'care', 'mend a destination from the others', () => import('./heal.ts')),
  entry('proof', 'care', 'test that each destination restores', () => import('./proof.ts')),
  entry('forget', 'care', 'take snapshots off, by name or by policy', () => import('./forget.ts')),
  entry('prune', 'care', 'free what no snapshot needs any more', () => import('./prune.ts')),
  entry('unlock', 'care', 'remove locks that were left behind', () => import('./unlock.ts')),
  entry('auth', 'rest', 'sign in to an account that holds a destination', () => import('./auth.ts')),
  entry('devices', 'rest', 'list and pair iPhones, and steer their own backups', () => import('./devices.ts')),
  entry('daemon', 'rest', 'stay, and run the pipelines at their times', () => import('./daemon.ts')),
  entry('schedule', 'rest', 'let systemd, launchd or the Task Scheduler run them', () => import('./schedule.ts')),
  entry('keys', 'rest', 'list, add and remove passwords', () => import('./keys.ts')),
  entry('config', 'rest', 'check, show or trust the configuration', () => import('./config.ts')),
  entry('doctor', 'rest', 'look whether everything is in order', () => import('./doctor.ts')),
  entry('plugins', 'rest', 'list sources, transforms and destinations', () => import('./plugins.ts')),
  entry('completion', 'rest', 'print a script for the completion of a shell', () => import('./completion.ts')),
];

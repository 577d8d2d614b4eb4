import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toBackupError, type BackupError } from '@triplicate/core';
import type { CliSurroundings } from '../surroundings.ts';
import type { System } from './plan-units.ts';
import type { UnitFile } from './units.ts';

const exec = promisify(execFile);

/** Where the user's own units stand. */
export const unitFolder = ({ home, env, platform }: CliSurroundings, state: string): string => {
  if (platform === 'darwin') return join(home, 'Library', 'LaunchAgents');
  if (platform === 'win32') return join(state, 'tasks');
  return join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'systemd', 'user');
};

/** The commands that make a system take up, or let go of, these units; each is what a person would type. */
export const commandsFor = (
  what: 'install' | 'remove',
  {
    system,
    folder,
    files,
    userId,
  }: {
    readonly system: System;
    readonly folder: string;
    readonly files: readonly UnitFile[];
    readonly userId: number | undefined;
  },
): string[][] => {
  const names = files.map(({ name }) => name);
  const timers = names.filter((name) => name.endsWith('.timer'));
  switch (system) {
    case 'systemd':
      return what === 'install'
        ? [
            ['systemctl', '--user', 'daemon-reload'],
            ['systemctl', '--user', 'enable', '--now', ...timers],
          ]
        : [['systemctl', '--user', 'disable', '--now', ...timers]];
    case 'launchd':
      return names.map((name) => [
        'launchctl',
        what === 'install' ? 'bootstrap' : 'bootout',
        `gui/${userId ?? 501}`,
        join(folder, name),
      ]);
    case 'task-scheduler':
      return names.map((name) => {
        const task = name.replace(/\.xml$/, '');
        return what === 'install'
          ? ['schtasks', '/Create', '/F', '/TN', task, '/XML', join(folder, name)]
          : ['schtasks', '/Delete', '/F', '/TN', task];
      });
  }
};

/** The Task Scheduler wants UTF-16 with its mark. */
export const writeUnits = async (folder: string, files: readonly UnitFile[], system: System): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (const { name, text } of files)
    await writeFile(join(folder, name), system === 'task-scheduler' ? Buffer.from(`\uFEFF${text}`, 'utf16le') : text, {
      mode: 0o600,
    });
};

export const removeUnits = async (folder: string, files: readonly UnitFile[]): Promise<void> => {
  for (const { name } of files) await rm(join(folder, name), { force: true });
};

/** The error of the first that fails. */
export const runAll = async (commands: readonly (readonly string[])[]): Promise<BackupError | undefined> => {
  for (const [program = '', ...parameters] of commands) {
    try {
      await exec(program, parameters, { timeout: 30_000 });
    } catch (cause) {
      const { stderr } = cause as { stderr?: string };
      return toBackupError(
        stderr === undefined || stderr.trim() === '' ? cause : new Error(stderr.trim()),
        'IO',
        program,
      );
    }
  }
  return undefined;
};

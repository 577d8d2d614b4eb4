import { BackupError, toBackupError } from '@triplicate/core';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const exec = promisify(execFile);

export interface DesktopNote {
  readonly title: string;
  readonly text: string;
  readonly urgent: boolean;
}

/** By the program that each desktop has for it. The text is an argument of its own, never a part of a script. */
export const desktopCommand = (
  { title, text, urgent }: DesktopNote,
  platform: NodeJS.Platform,
): readonly string[] | undefined => {
  if (platform === 'darwin') {
    const script = 'on run {title, body}\ndisplay notification body with title title\nend run';
    return ['osascript', '-e', script, title, text];
  }
  if (platform === 'win32') return undefined;
  return ['notify-send', '--app-name=Triplicate', `--urgency=${urgent ? 'critical' : 'normal'}`, '--', title, text];
};

export const showOnDesktop = async (
  note: DesktopNote,
  { platform, signal }: { readonly platform: NodeJS.Platform; readonly signal: AbortSignal },
): Promise<void> => {
  const command = desktopCommand(note, platform);
  if (!command) throw new BackupError('UNSUPPORTED', 'notes on the desktop are not shown on Windows yet');
  const [program = '', ...parameters] = command;
  try {
    await exec(program, parameters, { signal, timeout: 10_000 });
  } catch (cause) {
    throw new BackupError('UNAVAILABLE', `the desktop was not told: ${toBackupError(cause).message}`, { cause });
  }
};

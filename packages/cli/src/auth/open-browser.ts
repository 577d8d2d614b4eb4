import { spawn } from 'node:child_process';
import type { CliSurroundings } from '../surroundings.ts';

type Here = Pick<CliSurroundings, 'platform' | 'env'>;

/** Whether a person sits before a screen of this machine. */
export const hasBrowser = ({ env, platform }: Here): boolean => {
  if (env['SSH_CONNECTION'] !== undefined || env['SSH_TTY'] !== undefined) return false;
  if (platform === 'win32' || platform === 'darwin') return true;
  return env['DISPLAY'] !== undefined || env['WAYLAND_DISPLAY'] !== undefined;
};

/** Opens the person's browser; whether that worked is not known, so the address is always shown too. */
export const openBrowser = (url: string, { env, platform }: Here): void => {
  const [program = '', ...args] = openers[platform] ?? ['xdg-open'];
  // No shell sees the address.
  const child = spawn(program, [...args, url], { env, stdio: 'ignore', detached: true, windowsHide: true });
  child.once('error', () => undefined);
  child.unref();
};

const openers: Partial<Readonly<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

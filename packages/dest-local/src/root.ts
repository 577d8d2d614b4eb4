import { mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError } from '@triplicate/core';
import { systemCode } from './errors.ts';
import type { Platform } from './platform.ts';

/**
 * The folder that everything lies in. A disk that is unmounted leaves an empty folder, or none, where its content was: that must look
 * neither like an empty destination nor like a place to write to.
 */
export class Root {
  readonly path: string;
  readonly #platform: Platform;
  /** The file system that it was last seen on; `undefined` while it was never there. */
  #device: number | undefined;
  /** What stood in it when something first did: by this the same disk is known again. */
  #landmarks: readonly string[] = [];

  constructor(path: string, platform: Platform) {
    this.path = path;
    this.#platform = platform;
  }

  /** Whether the folder is there; throws UNAVAILABLE when it was there and has gone, or when another disk stands in its place. */
  async look(): Promise<boolean> {
    const device = await deviceOf(this.path);
    if (device === undefined && this.#device !== undefined) throw this.#gone();
    if (device === undefined) return false;
    if (this.#device !== undefined && this.#device !== device && !(await this.#isKnown())) throw this.#gone();
    if (this.#landmarks.length === 0) this.#landmarks = await readdir(this.path);
    this.#device = device;
    return true;
  }

  /** An automounter may bring the same disk back under another number; it brings its content as well. */
  async #isKnown(): Promise<boolean> {
    const names = new Set(await readdir(this.path));
    return this.#landmarks.length > 0 && this.#landmarks.every((name) => names.has(name));
  }

  /** Makes the folder and those above it, durably. One by one: Node's own `recursive` never ends where `/proc` takes no folder. */
  async create(): Promise<void> {
    const missing: string[] = [];
    for (let at = this.path; (await deviceOf(at)) === undefined && at !== dirname(at); at = dirname(at))
      missing.push(at);
    for (const folder of missing.reverse()) {
      try {
        await mkdir(folder, { mode: 0o700 });
        await this.#platform.syncFolder(dirname(folder));
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
      }
    }
    await this.look();
  }

  /**
   * Makes a folder below, durably; never the root itself, so that nothing is written under a disk that was just unplugged. Who unplugs it
   * in this very moment finds nothing in its place either.
   */
  async createBelow(parts: readonly string[]): Promise<void> {
    const made: string[] = [];
    let parent = this.path;
    for (const part of parts) {
      const folder = join(parent, part);
      try {
        await mkdir(folder, { mode: 0o700 });
        made.push(folder);
        await this.#platform.syncFolder(parent);
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
      }
      parent = folder;
    }
    if (made.length > 0) await this.#lookOrRemove(parts);
  }

  /** Folders that were made where a disk had been are taken away again, by whoever was the last to make one. */
  async #lookOrRemove(parts: readonly string[]): Promise<void> {
    try {
      await this.look();
    } catch (gone) {
      for (let depth = parts.length; depth > 0; depth -= 1)
        await rmdir(join(this.path, ...parts.slice(0, depth))).catch(() => undefined);
      throw gone;
    }
  }

  #gone(): BackupError {
    return new BackupError('UNAVAILABLE', `${this.path} has gone: the disk was unplugged or unmounted`, {
      hint: 'Plug in or mount the disk; the next run catches up.',
      permanent: true,
    });
  }
}

/** The dot makes an automounter mount what belongs there. */
const deviceOf = async (path: string): Promise<number | undefined> => {
  try {
    return (await stat(`${path}/.`)).dev;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

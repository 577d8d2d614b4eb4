import type { SlotMemory } from '@triplicate/core';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The slots that were handled, in one JSON file that is replaced as a whole. A damaged one counts as none; while it cannot be written, what
 * was handled is remembered here, so that no full disk keeps a backup from running.
 */
export class SlotFile implements SlotMemory {
  readonly #file: string;
  #turn: Promise<void> = Promise.resolve();
  readonly #unwritten = new Map<string, number>();

  constructor(file: string) {
    this.#file = file;
  }

  async read(job: string): Promise<number | undefined> {
    const slot = (await this.#all())[job];
    return typeof slot === 'number' ? slot : undefined;
  }

  write(job: string, slot: number): Promise<void> {
    this.#turn = this.#replace(this.#turn, job, slot);
    return this.#turn;
  }

  async #replace(before: Promise<void>, job: string, slot: number): Promise<void> {
    await before.catch(() => undefined);
    const next = { ...(await this.#all()), [job]: slot };
    const temporary = `${this.#file}.${randomUUID()}.tmp`;
    try {
      await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
      await writeFile(temporary, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
      await rename(temporary, this.#file);
      this.#unwritten.clear();
    } catch {
      this.#unwritten.set(job, slot);
    }
  }

  async #all(): Promise<Record<string, unknown>> {
    return { ...(await this.#written()), ...Object.fromEntries(this.#unwritten) };
  }

  async #written(): Promise<Record<string, unknown>> {
    try {
      const value: unknown = JSON.parse(await readFile(this.#file, 'utf8'));
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
    } catch {
      return {};
    }
  }
}

/** A third-party destination: one folder whose files are named by the whole key, percent-encoded. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  BackupError,
  collect,
  type Body,
  type Destination,
  type DestinationPlugin,
  type ObjectInfo,
} from '@triplicate/core';
import { z } from 'zod';

const options = z.strictObject({ folder: z.string().min(1).describe('Where the shelf stands') });

class ShelfDestination implements Destination {
  readonly label: string;
  readonly capabilities = {
    listLagMs: 0,
    writeOnce: 'no',
    canDelete: true,
    egressCost: false,
    conditionalPut: false,
    rangeReads: true,
    maxConcurrency: 4,
  } as const;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.label = `shelf:${folder}`;
  }

  #file(key: string): string {
    return join(this.#folder, encodeURIComponent(key));
  }

  async put(key: string, body: Body, { ifAbsent, signal }: Parameters<Destination['put']>[2]): Promise<ObjectInfo> {
    signal.throwIfAborted();
    if (ifAbsent === true && (await this.stat(key))) throw new BackupError('ALREADY_EXISTS', `"${key}" exists already`);
    await mkdir(this.#folder, { recursive: true });
    const bytes = await collect(body.open());
    const temporary = join(this.#folder, `.${createHash('sha256').update(bytes).digest('hex')}.tmp`);
    await writeFile(temporary, bytes, { flush: true });
    await rename(temporary, this.#file(key));
    return { key, size: bytes.byteLength, modified: new Date(0) };
  }

  async *get(key: string, { range }: Parameters<Destination['get']>[1]): AsyncIterable<Uint8Array> {
    const bytes = await readFile(this.#file(key)).catch(() => undefined);
    if (!bytes) throw new BackupError('NOT_FOUND', `no object "${key}" in ${this.label}`);
    if (range && range.offset + range.length > bytes.byteLength)
      throw new BackupError('INVALID_RANGE', `"${key}" is shorter`);
    yield range ? bytes.subarray(range.offset, range.offset + range.length) : bytes;
  }

  async stat(key: string): Promise<ObjectInfo | undefined> {
    const found = await stat(this.#file(key)).catch(() => undefined);
    return found && { key, size: found.size, modified: found.mtime };
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const key = decodeURIComponent(name);
      if (!key.startsWith('.') && key.startsWith(prefix)) {
        const info = await this.stat(key);
        if (info) yield info;
      }
    }
  }

  async delete(key: string): Promise<void> {
    await rm(this.#file(key), { force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

const plugin: DestinationPlugin<z.infer<typeof options>> = {
  apiVersion: 1,
  kind: 'destination',
  type: 'shelf',
  summary: 'One flat folder',
  options,
  open: ({ folder }, { configDirectory }) => Promise.resolve(new ShelfDestination(resolve(configDirectory, folder))),
};

export default plugin;

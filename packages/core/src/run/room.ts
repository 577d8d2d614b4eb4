import { BackupError } from '../errors.ts';
import type { Replica } from '../repository/replica.ts';
import { formatWhole } from '../whole-number.ts';
import type { Pipeline } from './pipeline.ts';

const mib = 1024 * 1024;

/** What the destinations of a run can still take, where they tell. */
export class Room {
  readonly #pipeline: Pipeline;
  readonly #replicas: () => readonly Replica[];
  readonly #warned = new Set<string>();

  constructor(pipeline: Pipeline, replicas: () => readonly Replica[]) {
    this.#pipeline = pipeline;
    this.#replicas = replicas;
  }

  /** Bytes that the roomiest one can take; a phone asks before it sends. */
  async most(): Promise<number | undefined> {
    const known = (await this.#ask()).map(({ freeBytes }) => freeBytes);
    return known.length === 0 ? undefined : Math.max(...known);
  }

  /** Names those that may not have room for so many bytes, each once, before they come: it is not known yet how far they compress. */
  async warn(bytes: number): Promise<void> {
    for (const { name, freeBytes } of await this.#ask()) {
      if (bytes <= freeBytes || this.#warned.has(name)) continue;
      this.#warned.add(name);
      const error = new BackupError(
        'QUOTA_EXCEEDED',
        `"${name}" has ${toMiB(freeBytes)} free, and up to ${toMiB(bytes)} may come`,
        { hint: 'what does not fit there is stored on the others; make room, and run `triplicate sync` then' },
      );
      this.#pipeline.emit({ type: 'warning', destination: name, error });
    }
  }

  /** The same after a dry run, when it is known what would come. */
  async warnOfWhole(bytes: number): Promise<void> {
    for (const { name, freeBytes } of await this.#ask()) {
      if (bytes <= freeBytes) continue;
      const error = new BackupError(
        'QUOTA_EXCEEDED',
        `"${name}" has ${toMiB(freeBytes)} free, and up to ${toMiB(bytes)} would come`,
        { hint: 'what would not fit there would be stored on the others; make room before' },
      );
      this.#pipeline.emit({ type: 'warning', destination: name, error });
    }
  }

  async #ask(): Promise<{ readonly name: string; readonly freeBytes: number }[]> {
    const { signal } = this.#pipeline;
    const asked = this.#replicas().map(async ({ name, destination }) => {
      const space = await destination.space?.({ signal }).catch(() => undefined);
      return space === undefined ? [] : [{ name, freeBytes: space.freeBytes }];
    });
    return (await Promise.all(asked)).flat();
  }
}

const toMiB = (bytes: number): string => `${formatWhole(Math.round(bytes / mib))} MiB`;

import type { ContainerClient } from '@azure/storage-blob';
import { BackupError } from '@triplicate/core';
import { statusOf } from './errors.ts';
import { blobPages } from './list-blobs.ts';

export interface InspectionOptions {
  readonly client: ContainerClient;
  readonly container: string;
  /** Whether objects are to be locked, so that the container has to be able to. */
  readonly locking: boolean;
}

/**
 * The look at a container that comes before everything else: whether it is there, lets us in, and keeps versions. A service that is too
 * busy to answer is asked again before the next call, which the wrappers make again.
 */
export class Inspection {
  readonly #options: InspectionOptions;
  #versioned: boolean;
  #done = false;

  constructor(options: InspectionOptions) {
    this.#options = options;
    this.#versioned = options.locking;
  }

  get versioned(): boolean {
    return this.#versioned;
  }

  async ensure(signal: AbortSignal): Promise<void> {
    if (this.#done) return;
    const { client, container, locking } = this.#options;
    // One page is enough; what follows is not asked for.
    for await (const _ of blobPages(client, { pageSize: 1, signal })) break;
    const canLock = await lockable(client, signal);
    if (locking && canLock === false) throw cannotLock(container);
    this.#versioned = locking || canLock === true;
    this.#done = true;
  }
}

/** `undefined` where a token for the objects may not ask for the container. */
const lockable = async (client: ContainerClient, abortSignal: AbortSignal): Promise<boolean | undefined> => {
  try {
    const told = await client.getProperties({ abortSignal });
    return told.isImmutableStorageWithVersioningEnabled === true;
  } catch (error) {
    if (statusOf(error) === 403) return undefined;
    throw error;
  }
};

const cannotLock = (container: string): BackupError =>
  new BackupError('CONFIG_INVALID', `the container "${container}" cannot lock objects, and "immutable" asks for it`, {
    hint: 'Make a container with immutability on the level of versions, or remove "immutable" from this destination.',
  });

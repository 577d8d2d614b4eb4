import { BackupError } from '../errors.ts';
import type { Capabilities, ObjectInfo } from './destination.ts';
import { ForwardingDestination } from './forwarding.ts';

/** Refuses `put`, `delete` and `keepUntil` with READ_ONLY before anything is sent. */
export class ReadOnlyDestination extends ForwardingDestination {
  override get capabilities(): Capabilities {
    return { ...this.inner.capabilities, canDelete: false };
  }

  override async put(key: string): Promise<ObjectInfo> {
    throw this.#refusal(`"${key}" was not written`);
  }

  override async delete(key: string): Promise<void> {
    throw this.#refusal(`"${key}" was not deleted`);
  }

  override async keepUntil(key: string): Promise<void> {
    throw this.#refusal(`"${key}" was not locked`);
  }

  #refusal(what: string): BackupError {
    return new BackupError('READ_ONLY', `${what}: ${this.label} is opened for reading only`, {
      hint: 'Remove "readOnly" from this destination to let it be written.',
    });
  }
}

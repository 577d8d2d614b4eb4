import { isBackupError } from '@triplicate/core';
import { type GraphClient, readJson } from './client.ts';

/** https://learn.microsoft.com/en-us/graph/api/resources/uploadsession */
export interface UploadSession {
  readonly uploadUrl: string;
  readonly nextExpectedRanges?: readonly string[];
}

export interface Wanted {
  readonly key: string;
  readonly size: number;
  readonly onlyIfAbsent: boolean;
}

/** More than calls at a time; those before have long ended at OneDrive. */
const mostKept = 16;
const givingUpMs = 10_000;

/**
 * Uploads that broke off, so that the same object goes on where it was. They are known to this process alone: what is uploaded by the next run
 * has another name.
 */
export class Sessions {
  readonly #kept = new Map<string, string>();

  keep(wanted: Wanted, url: string): void {
    this.#kept.set(nameOf(wanted), url);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** For one who goes on with it; nobody else gets it. */
  take(wanted: Wanted): string | undefined {
    const url = this.#kept.get(nameOf(wanted));
    this.#kept.delete(nameOf(wanted));
    return url;
  }
}

const nameOf = ({ key, onlyIfAbsent, size }: Wanted): string => `${size} ${onlyIfAbsent} ${key}`;

/** How much of it has arrived; `undefined` when it is not there any more. */
export const arrivedIn = async (client: GraphClient, url: string, signal: AbortSignal): Promise<number | undefined> => {
  try {
    return nextOffset(await readJson(await client.askOpen({ method: 'GET', url, signal })));
  } catch (error) {
    if (isBackupError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
};

/** The first byte that is asked for. */
export const nextOffset = (told: unknown): number | undefined => {
  const [first] = (told as Partial<UploadSession> | undefined)?.nextExpectedRanges ?? [];
  const offset = Number.parseInt(first ?? '', 10);
  return Number.isSafeInteger(offset) ? offset : undefined;
};

/** Nobody waits for what was left behind; where it fails OneDrive does it itself after some days. */
export const cancel = async (client: GraphClient, url: string): Promise<void> => {
  try {
    const answer = await client.askOpen({ method: 'DELETE', url, signal: AbortSignal.timeout(givingUpMs) });
    answer.content.resume();
  } catch {
    // It ends by itself.
  }
};

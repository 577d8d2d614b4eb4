import type { ContainerClient } from '@azure/storage-blob';
import type { Clock } from '@triplicate/core';

/** What every call needs: the client, and how objects are written in this container. */
export interface Place {
  readonly client: ContainerClient;
  readonly label: string;
  readonly clock: Clock;
  readonly partSize: number;
  readonly accessTier: string | undefined;
  /** How long lasting objects are locked, and how. */
  readonly lock: { readonly mode: 'Locked' | 'Unlocked'; readonly forMs: number } | undefined;
}

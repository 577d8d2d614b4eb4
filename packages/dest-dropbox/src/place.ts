import type { Clock } from '@triplicate/core';
import type { DropboxClient } from './client.ts';
import type { Names } from './names.ts';

/** What every call needs: the client, and where and how objects are written. */
export interface Place {
  readonly client: DropboxClient;
  readonly names: Names;
  readonly label: string;
  readonly clock: Clock;
  readonly partSize: number;
}

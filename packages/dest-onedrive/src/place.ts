import type { Clock } from '@triplicate/core';
import type { GraphClient } from './client.ts';
import type { Items } from './items.ts';
import type { Sessions } from './sessions.ts';

/** What every call needs: the client, and where and how objects are written. */
export interface Place {
  readonly client: GraphClient;
  readonly items: Items;
  readonly sessions: Sessions;
  readonly label: string;
  readonly clock: Clock;
  readonly partSize: number;
}

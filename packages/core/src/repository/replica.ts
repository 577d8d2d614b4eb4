import type { Destination } from '../destination/destination.ts';
import type { BackupError } from '../errors.ts';
import type { RepositoryConfig } from './config-file.ts';
import type { MasterKey } from './crypto.ts';
import type { ObjectCache } from './object-cache.ts';

/** The repository as it stands on one destination, opened. */
export interface Replica {
  /** As the configuration names the destination. */
  readonly name: string;
  /** One bit that no other replica of the pipeline has. */
  readonly mask: number;
  readonly destination: Destination;
  readonly config: RepositoryConfig;
  readonly masterKey: MasterKey;
  /** The key file that the password opened. */
  readonly keyId: string;
  /** It was read from this replica itself and not from a sibling. */
  readonly keyIsOwn?: boolean | undefined;
  /** Why no key file of its own opened, where that was tried; a sibling's key did it then. */
  readonly keyError?: BackupError | undefined;
  /** Where small objects of it are kept on this machine; absent where it is near, and for commands that look at what really stands there. */
  readonly cache?: ObjectCache | undefined;
}

/** Those that are read for nothing first, and of these the near ones: what they have need not be fetched from afar. */
export const byReadingCost = (a: Replica, b: Replica): number =>
  Number(a.destination.capabilities.egressCost) - Number(b.destination.capabilities.egressCost) ||
  Number(a.cache !== undefined) - Number(b.cache !== undefined);

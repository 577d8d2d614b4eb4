import type { Destination } from '../destination/destination.ts';
import type { RepositoryConfig } from './config-file.ts';
import type { MasterKey } from './crypto.ts';

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
}

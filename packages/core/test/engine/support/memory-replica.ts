import { newConfig } from '../../../src/repository/config-file.ts';
import type { MasterKey } from '../../../src/repository/crypto.ts';
import type { Replica } from '../../../src/repository/replica.ts';
import { MemoryDestination } from '../../../src/testing/index.ts';

export type MemoryReplica = Replica & { readonly destination: MemoryDestination };

/** An empty one in memory. */
export const memoryReplica = (name: string, mask: number, masterKey: MasterKey): MemoryReplica => ({
  name,
  mask,
  destination: new MemoryDestination({ label: name }),
  config: newConfig(),
  masterKey,
  keyId: '0'.repeat(64),
});

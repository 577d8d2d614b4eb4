import type { Destination, Pipeline } from '@triplicate/core';
import { collect } from '../../packages/core/src/body.ts';
import { decodeConfig, type RepositoryConfig } from '../../packages/core/src/repository/config-file.ts';
import type { MasterKey } from '../../packages/core/src/repository/crypto.ts';
import { openWithPassword } from '../../packages/core/src/repository/keys.ts';
import { configKey, mostStoredBytes } from '../../packages/core/src/repository/layout.ts';
import { localPipeline } from '../../test/kit/local-pipeline.ts';
import { password } from '../tools/password.ts';

/** A pipeline over the replica `name` in `home`, as the bench's setups make them. */
export const pipelineOver = (home: string, name: string): Pipeline =>
  localPipeline({ home, destinations: [name], over: { password: () => Promise.resolve(password) } });

export interface OpenRepository {
  readonly destination: Destination;
  readonly key: MasterKey;
  readonly config: RepositoryConfig;
  readonly signal: AbortSignal;
}

/** What the format layer needs to write into a repository that `init` has made. */
export const openRepository = async (home: string, name: string): Promise<OpenRepository> => {
  const { destinations, signal } = pipelineOver(home, name);
  const destination = await destinations[0]?.open(signal);
  if (destination === undefined) throw new TypeError('the pipeline has one destination');
  const { master: key } = await openWithPassword(destination, password, { signal });
  const sealed = await collect(destination.get(configKey, { signal }), mostStoredBytes.config);
  return { destination, key, config: decodeConfig(key, sealed), signal };
};

import { hkdfSync } from 'node:crypto';
import type { WorkerSetup } from '../engine/messages.ts';
import { BackupError } from '../errors.ts';
import type { RepositoryConfig } from '../repository/config-file.ts';
import type { Replica } from '../repository/replica.ts';
import type { Chain } from '../transform/chain.ts';
import type { ChunkerOptions } from '../transform/openers.ts';

/**
 * How the repository cuts and encodes, which its config decides and not the pipeline: a chunker that changed would dedupe nothing, and a
 * codec that is not recorded could not be decoded. The level of compression is free. UNSUPPORTED when the pipeline wants codecs that the
 * repository was not made with, or lacks those that it was.
 */
export const effectiveChain = (chain: Chain, config: RepositoryConfig): Chain => {
  const recorded = config.triplicate?.codecs?.map(({ type }) => type) ?? [];
  const custom = chain.standard ? [] : chain.codecs.map(({ type }) => type);
  if (recorded.join() !== custom.join()) {
    const has = recorded.length === 0 ? "restic's own encoding" : `the codecs ${recorded.join(', ')}`;
    throw new BackupError('UNSUPPORTED', `the repository was made with ${has}, and the pipeline says otherwise`, {
      hint: 'give the pipeline the transforms that the repository was made with, or make a new repository',
    });
  }
  const chunker = config.triplicate?.chunker ?? { type: 'dedupe', options: { chunker: 'rabin' } };
  const sameType = chain.chunker.type === chunker.type;
  return {
    ...chain,
    chunker: { ...chunker, ...(sameType && chain.chunker.url !== undefined ? { url: chain.chunker.url } : {}) },
    codecs: config.version < 2 ? [] : chain.codecs,
  };
};

/** Whether chunks end where restic's do. */
export const cutsAsRestic = ({ chunker: { type, options } }: Pick<Chain, 'chunker'>): boolean =>
  type === 'dedupe' && (options as Partial<ChunkerOptions>).chunker === 'rabin';

/**
 * What a worker needs to open the transforms: their keys are derived from the master key, so they are equal on every replica, and the
 * repository's polynomial is the same everywhere.
 */
export const transformSetup = (
  chain: Chain,
  { config, masterKey }: Pick<Replica, 'config' | 'masterKey'>,
): Pick<WorkerSetup, 'chunker' | 'codecs' | 'polynomial' | 'transformSecret'> => {
  const { chunker, codecs } = effectiveChain(chain, config);
  const { encrypt, macK, macR } = masterKey;
  const secret = hkdfSync('sha256', Buffer.concat([encrypt, macK, macR]), '', 'triplicate transforms', 32);
  return { chunker, codecs, polynomial: config.chunkerPolynomial, transformSecret: new Uint8Array(secret) };
};

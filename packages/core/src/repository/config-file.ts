import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { isId } from '../bytes.ts';
import { BackupError } from '../errors.ts';
import { corrupt } from './corrupt.ts';
import { type MasterKey, seal, unseal } from './crypto.ts';
import { goJson } from './go-json.ts';
import { formatPolynomial, parsePolynomial, randomPolynomial } from './polynomial.ts';

/** A transform that the blobs of the repository depend on. */
export interface TransformRecord {
  /** The word that names it in the configuration, e.g. `dedupe`. */
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What restic has no field for, under the one key `triplicate` of the config; restic passes over it. */
export interface TriplicateRecord {
  /** How files are cut, when that is not restic's Rabin chunker. */
  readonly chunker?: TransformRecord;
  /** How blobs are encoded before they are sealed, first to last, when that is not restic's own way. */
  readonly codecs?: readonly TransformRecord[];
}

/** The object `config` of a repository. */
export interface RepositoryConfig {
  /** 1 or 2 as restic has them; `customCodecVersion` when stock restic must not read the blobs. */
  readonly version: number;
  /** 64 hex digits; no two replicas have the same one, since caches go by it. */
  readonly id: string;
  /** Hex, irreducible; equal on all replicas. */
  readonly chunkerPolynomial: string;
  readonly triplicate?: TriplicateRecord;
  /** Keys of other programs, kept as they are. */
  readonly other?: Readonly<Record<string, unknown>>;
}

/** Format 2 in everything but the encoding of blobs. restic knows no such version and says so in one line. */
export const customCodecVersion = 1002;

/** The revision of what stands under `triplicate`; another one is not ours to guess at. */
const recordFormat = 1;

export interface NewConfigOptions {
  /** A replica of the same repository: everything but the id is taken over. */
  readonly like?: RepositoryConfig;
  readonly triplicate?: TriplicateRecord;
}

/** The config of a new replica, of a new repository unless `like` is given. */
export const newConfig = ({ like, triplicate }: NewConfigOptions = {}): RepositoryConfig => {
  const id = randomBytes(32).toString('hex');
  if (like !== undefined) return { ...like, id };
  return {
    version: triplicate?.codecs?.length ? customCodecVersion : 2,
    id,
    chunkerPolynomial: formatPolynomial(randomPolynomial()),
    ...(triplicate === undefined ? {} : { triplicate }),
  };
};

/** Sealed, and never compressed in any version. */
export const encodeConfig = (key: MasterKey, config: RepositoryConfig): Buffer => {
  const { version, id, chunkerPolynomial, triplicate, other } = config;
  const record = triplicate === undefined ? undefined : { format: recordFormat, ...triplicate };
  return seal(key, goJson({ version, id, chunker_polynomial: chunkerPolynomial, ...other, triplicate: record }));
};

/**
 * CORRUPT when it is not what `encodeConfig` or restic made, UNSUPPORTED when a newer program made it: nothing may be written then,
 * and nothing that is read would be right.
 */
export const decodeConfig = (key: MasterKey, bytes: Uint8Array): RepositoryConfig => {
  const { version, id, chunker_polynomial: chunkerPolynomial, triplicate, ...other } = parse(unseal(key, bytes));
  if (version !== 1 && version !== 2 && version !== customCodecVersion) throw unsupported(`version ${String(version)}`);
  if (typeof id !== 'string' || !isId(id)) throw corrupt('the repository config has no valid id');
  if (typeof chunkerPolynomial !== 'string' || parsePolynomial(chunkerPolynomial) === undefined) {
    throw corrupt('the chunker polynomial of the repository is not irreducible');
  }
  const record = triplicate === undefined ? undefined : decodeRecord(triplicate);
  if ((record?.codecs !== undefined) !== (version === customCodecVersion)) {
    throw corrupt(`the repository config has version ${version} and ${record?.codecs ? 'its own' : 'no'} codecs`);
  }
  return {
    version,
    id,
    chunkerPolynomial,
    ...(record === undefined ? {} : { triplicate: record }),
    ...(Object.keys(other).length === 0 ? {} : { other }),
  };
};

const unsupported = (what: string): BackupError =>
  new BackupError('UNSUPPORTED', `the repository was made by a newer program (${what})`, { hint: 'update Triplicate' });

const parse = (json: Buffer): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(json.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw corrupt('the repository config is not a JSON object');
};

const transformRecord = z.object({ type: z.string().min(1), options: z.record(z.string(), z.unknown()) });
const triplicateRecord = z.object({
  format: z.literal(recordFormat),
  chunker: transformRecord.optional(),
  codecs: z.array(transformRecord).min(1).optional(),
});

const decodeRecord = (raw: unknown): TriplicateRecord => {
  const format = (raw as { readonly format?: unknown } | null)?.format;
  if (typeof format === 'number' && format !== recordFormat) throw unsupported(`record ${format}`);
  const parsed = triplicateRecord.safeParse(raw);
  if (!parsed.success)
    throw corrupt('the record of transforms in the repository config is damaged', { cause: parsed.error });
  const { chunker, codecs } = parsed.data;
  return { ...(chunker ? { chunker } : {}), ...(codecs ? { codecs } : {}) };
};

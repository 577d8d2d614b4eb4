import { scrypt, type ScryptOptions, scryptSync } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { corrupt } from './corrupt.ts';
import type { MasterKey } from './crypto.ts';
import { letGoOfMixingMemory, scryptInThreads, scryptThreads } from './scrypt-threads.ts';

/** The cost of turning a password into a key, as scrypt (RFC 7914) names it. */
export interface ScryptParameters {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** restic's floor: 32 MiB of memory. */
export const leastScrypt: ScryptParameters = { N: 32_768, r: 8, p: 1 };

const mostMemory = 1024 * 1024 * 1024;
/** N·r·p; about 20 seconds of one core in 2026. */
const mostWork = 2 ** 26;
const keyLength = 64;

const memoryOf = ({ N, r }: ScryptParameters): number => 128 * N * r;

/** CORRUPT for what no honest program writes: scrypt cannot do it, or a hostile file wants to use up this machine. */
export const checkScrypt = (parameters: ScryptParameters): void => {
  const { N, r, p } = parameters;
  const whole = [N, r, p].every((value) => Number.isSafeInteger(value) && value >= 1);
  const powerOfTwo = whole && N > 1 && Number.isInteger(Math.log2(N));
  if (!powerOfTwo) throw corrupt('the key file has impossible scrypt parameters');
  if (memoryOf(parameters) > mostMemory || N * r * p > mostWork) {
    throw corrupt(`the key file asks for scrypt with N=${N}, r=${r}, p=${p}, which is more than this program grants`);
  }
};

/** Node wants the limit said, and counts p and a few blocks more than the table. */
const optionsOf = ({ N, r, p }: ScryptParameters): { N: number; r: number; p: number; maxmem: number } => ({
  N,
  r,
  p,
  maxmem: 128 * r * (N + p + 8) + 1024,
});

/** The three keys that a password seals the master key with. On other threads. */
export const deriveKey = async (
  password: string,
  salt: Uint8Array,
  parameters: ScryptParameters,
): Promise<MasterKey> => {
  const derived =
    scryptThreads(parameters) > 1 ? await scryptInThreads(password, salt, { parameters, keyLength }) : undefined;
  if (derived) return split(derived);
  const derivedByNode = scryptOfNode(password, salt, keyLength, optionsOf(parameters));
  letGoOfMixingMemory();
  return split(await derivedByNode);
};

const scryptOfNode = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt);

/** The same, on this thread. */
export const deriveKeySync = (password: string, salt: Uint8Array, parameters: ScryptParameters): MasterKey =>
  split(scryptSync(password, salt, keyLength, optionsOf(parameters)));

const split = (derived: Buffer): MasterKey => ({
  encrypt: derived.subarray(0, 32),
  macK: derived.subarray(32, 48),
  macR: derived.subarray(48, 64),
});

export interface CalibrationOptions {
  /** How long one derivation should take on this machine; restic's choice is 500 ms. */
  readonly targetMs?: number;
  /** The memory of one derivation; restic's choice is 60 MiB. */
  readonly maxBytes?: number;
}

/** Parameters that cost about `targetMs` here: first more memory, then more rounds, and never less than restic's floor. */
export const calibrateScrypt = ({
  targetMs = 500,
  maxBytes = 60 * 1024 * 1024,
}: CalibrationOptions = {}): ScryptParameters => {
  let { N, r, p } = leastScrypt;
  let ms = Math.max(0.1, measure(leastScrypt));
  while (memoryOf({ N: N * 2, r, p }) <= Math.min(maxBytes, mostMemory) && ms * 2 <= targetMs) {
    N *= 2;
    ms *= 2;
  }
  const rounds = Math.min(Math.floor(targetMs / ms), Math.floor(mostWork / (N * r)));
  p = Math.max(p, rounds);
  return { N, r, p };
};

/** Of processor time, and the best of several: a machine that is busy at the moment must not make a weaker key. */
const measure = (parameters: ScryptParameters): number => {
  const times = Array.from({ length: 3 }, () => {
    const before = process.threadCpuUsage();
    const start = performance.now();
    deriveKeySync('calibration', Buffer.alloc(64), parameters);
    const passedMs = performance.now() - start;
    const { system, user } = process.threadCpuUsage(before);
    // Some systems count in ticks as long as this takes, and then by chance none.
    return Math.min(passedMs, (system + user) / 1000 || passedMs);
  });
  return Math.min(...times);
};

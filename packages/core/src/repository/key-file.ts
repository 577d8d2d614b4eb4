import { randomBytes } from 'node:crypto';
import { BackupError, isBackupError } from '../errors.ts';
import { corrupt } from './corrupt.ts';
import { type MasterKey, seal, unseal } from './crypto.ts';
import { goJson } from './go-json.ts';
import type { Timestamp } from './node.ts';
import { checkScrypt, deriveKey, deriveKeySync, type ScryptParameters } from './scrypt.ts';

// A key file is plain JSON: who made it, and the master key sealed by a key that scrypt makes out of a password.

/** What a key file says to everyone. Not authenticated: whoever can write to the destination can change it. */
export interface KeyFileInfo {
  readonly created: Timestamp;
  readonly username: string;
  readonly hostname: string;
  readonly params: ScryptParameters;
}

interface KeyFile extends KeyFileInfo {
  readonly salt: Buffer;
  readonly data: Buffer;
}

/** restic takes no other. */
const saltLength = 64;
/** Many times what a key file has. */
export const maxKeyFileSize = 64 * 1024;

/** The bytes of a key file that `password` opens. Takes as long as `params` say, on this thread. */
export const createKeyFile = (password: string, master: MasterKey, info: KeyFileInfo): Buffer => {
  const { created, username, hostname, params } = info;
  const salt = randomBytes(saltLength);
  const data = seal(deriveKeySync(password, salt, params), goJson(masterJson(master)));
  const { N, r, p } = params;
  const sealed = { salt: salt.toString('base64'), data: data.toString('base64') };
  return goJson({ created, username, hostname, kdf: 'scrypt', N, r, p, ...sealed });
};

const masterJson = ({ encrypt, macK, macR }: MasterKey): unknown => ({
  mac: { k: base64Of(macK), r: base64Of(macR) },
  encrypt: base64Of(encrypt),
});

/** A clone from another thread has plain arrays for buffers. */
const base64Of = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Makes a key out of a salt; remembers, so that key files with one salt (on many replicas) cost one derivation. */
export type KeyDerivation = (salt: Buffer, parameters: ScryptParameters) => Promise<MasterKey>;

export const derivationOf = (password: string): KeyDerivation => {
  const known = new Map<string, Promise<MasterKey>>();
  return (salt, { N, r, p }) => {
    const name = `${N} ${r} ${p} ${salt.toString('hex')}`;
    let key = known.get(name);
    if (key === undefined) known.set(name, (key = deriveKey(password, salt, { N, r, p })));
    return key;
  };
};

/** The master key in a key file. WRONG_PASSWORD when the password is another one, CORRUPT when no password could open it. */
export const openKeyFile = async (json: Uint8Array, password: string | KeyDerivation): Promise<MasterKey> => {
  const { salt, data, params } = parseKeyFile(json);
  const derive = typeof password === 'string' ? derivationOf(password) : password;
  return masterOf(unsealMaster(await derive(salt, params), data));
};

/** It may have been changed since it was written down. */
export const wrongPasswordHint =
  'give the password that the repository has now; when it was changed, the new one belongs in the place of the old';

const unsealMaster = (key: MasterKey, data: Buffer): Buffer => {
  try {
    return unseal(key, data);
  } catch (cause) {
    if (!isBackupError(cause, 'CORRUPT')) throw cause;
    throw new BackupError('WRONG_PASSWORD', 'the password does not open the key file', {
      hint: wrongPasswordHint,
    });
  }
};

const masterOf = (json: Buffer): MasterKey => {
  const raw = parseObject(json) as {
    readonly mac?: { readonly k?: unknown; readonly r?: unknown };
    readonly encrypt?: unknown;
  };
  return {
    encrypt: bytesOf(raw.encrypt, 32),
    macK: bytesOf(raw.mac?.k, 16),
    macR: bytesOf(raw.mac?.r, 16),
  };
};

/** Exactly `length` bytes, not all zero: restic refuses such a key, since it means that something went wrong. */
const bytesOf = (value: unknown, length: number): Buffer => {
  const bytes = Buffer.from(typeof value === 'string' ? value : '', 'base64');
  if (bytes.byteLength !== length || bytes.every((byte) => byte === 0))
    throw corrupt('the key file holds no valid master key');
  return bytes;
};

/** What a key file says without the password. CORRUPT when it is none. */
export const readKeyFileInfo = (json: Uint8Array): KeyFileInfo => {
  const { created, username, hostname, params } = parseKeyFile(json);
  return { created, username, hostname, params };
};

const parseKeyFile = (json: Uint8Array): KeyFile => {
  if (json.byteLength > maxKeyFileSize) throw corrupt('the key file is too large');
  const raw = parseObject(Buffer.from(json.buffer, json.byteOffset, json.byteLength));
  if (raw['kdf'] !== 'scrypt') throw corrupt('the key file does not use scrypt');
  const params = { N: numberOf(raw['N']), r: numberOf(raw['r']), p: numberOf(raw['p']) };
  checkScrypt(params);
  const salt = Buffer.from(textOf(raw['salt']), 'base64');
  if (salt.byteLength !== saltLength) throw corrupt(`the key file has a salt of ${salt.byteLength} bytes`);
  const data = Buffer.from(textOf(raw['data']), 'base64');
  return {
    created: textOf(raw['created']),
    username: textOf(raw['username']),
    hostname: textOf(raw['hostname']),
    params,
    salt,
    data,
  };
};

const parseObject = (json: Buffer): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(json.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw corrupt('the key file is not a JSON object');
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);

import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { BackupError, systemCode, toBackupError } from '@triplicate/core';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { findKnownKeys, type KnownKey, typeOfKey } from './known-hosts.ts';
import type { SftpOptions } from './options.ts';

const systemFile = '/etc/ssh/ssh_known_hosts';

/** What the server may show as its key; without one of these nothing is sent to it, no password and no name. */
export interface HostKeys {
  /** `undefined` when the key is accepted, else why not. */
  refuse(key: Buffer): BackupError | undefined;
  /** Of a key that was refused: whether the server may have the right one, of another kind; `algorithms` then asks for the others. */
  asksForAnother(): boolean;
  /** Ways to prove a key, those for which a key is known first, so that the server shows that one; empty where it does not matter. */
  readonly algorithms: readonly ServerHostKeyAlgorithm[];
}

type Wanted = Pick<SftpOptions, 'fingerprint' | 'host' | 'knownHosts' | 'port'>;

export const readHostKeys = async (options: Wanted, configDirectory: string): Promise<HostKeys> => {
  const { fingerprint, host, port } = options;
  if (fingerprint !== undefined) return fixedKeys([fingerprint].flat(), host);
  const texts = await readFiles(options.knownHosts, configDirectory);
  return knownKeys(
    texts.flatMap((text) => findKnownKeys(text, host, port)),
    port === 22 ? host : `[${host}]:${port}`,
  );
};

const readFiles = async (file: string | undefined, configDirectory: string): Promise<string[]> => {
  if (file !== undefined) {
    const path = resolve(configDirectory, file.replace(/^~(?=[\\/])/, homedir()));
    return [
      await readFile(path, 'utf8').catch((error: unknown) => {
        throw new BackupError(
          'CONFIG_INVALID',
          toBackupError(error, 'IO', `cannot read the known hosts in ${path}`).message,
          { cause: error },
        );
      }),
    ];
  }
  const usual = [join(homedir(), '.ssh', 'known_hosts'), systemFile];
  return Promise.all(
    usual.map((path) =>
      readFile(path, 'utf8').catch((error: unknown) => {
        if (systemCode(error) === 'ENOENT') return '';
        throw new BackupError(
          'CONFIG_INVALID',
          toBackupError(error, 'IO', `cannot read the known hosts in ${path}`).message,
          { cause: error },
        );
      }),
    ),
  );
};

export const fingerprintOf = (key: Buffer): string => `SHA256:${hash('sha256', key, 'base64').replace(/=+$/, '')}`;

const shown = (key: Buffer): string => `${typeOfKey(key)} ${fingerprintOf(key)}`;

/** A fingerprint does not tell of which kind its key is: the server is asked for one kind after another. */
const fixedKeys = (fingerprints: readonly string[], host: string): HostKeys => {
  const refused = new Set<string>();
  const left = (): ServerHostKeyAlgorithm[] => algorithms.filter((name) => !refused.has(typeOfAlgorithm(name)));
  return {
    get algorithms() {
      return refused.size === 0 ? [] : left();
    },
    asksForAnother: () => left().length > 0,
    refuse(key) {
      if (fingerprints.some((one) => one.replace(/=$/, '') === fingerprintOf(key))) return undefined;
      refused.add(typeOfKey(key));
      return new BackupError('AUTH', `the key of ${host} is not the one that is configured, but ${shown(key)}`, {
        hint: 'Find out why; write the new fingerprint as "fingerprint" only when you know that the server has a new key.',
      });
    },
  };
};

const knownKeys = (known: readonly KnownKey[], name: string): HostKeys => {
  const good = known.filter(({ revoked }) => !revoked);
  return {
    asksForAnother: () => false,
    algorithms: good.length === 0 ? [] : sorted(new Set(good.map(({ type }) => type))),
    refuse(key) {
      const same = known.filter((one) => one.key.equals(key));
      if (same.some(({ revoked }) => revoked)) return new BackupError('AUTH', `the key of ${name} was revoked`);
      if (same.length > 0) return undefined;
      if (good.length > 0) {
        return new BackupError('AUTH', `the key of ${name} is not the known one, but ${shown(key)}`, {
          hint: 'Somebody may be listening in. Find out why; correct the known hosts only when you know that the server has a new key.',
        });
      }
      return new BackupError('AUTH', `the key of ${name} is not known: ${shown(key)}`, {
        hint: 'Compare it with what "ssh-keygen -lf" shows at the server, then write it as "fingerprint", or connect once with ssh.',
      });
    },
  };
};

/** What the library can; in its own order. */
const algorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

const typeOfAlgorithm = (name: string): string => (name.startsWith('rsa-') ? 'ssh-rsa' : name);

const sorted = (types: ReadonlySet<string>): ServerHostKeyAlgorithm[] => {
  const isKnown = (name: string): boolean => types.has(typeOfAlgorithm(name));
  return [...algorithms.filter(isKnown), ...algorithms.filter((name) => !isKnown(name))];
};

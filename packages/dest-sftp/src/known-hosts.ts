/** The file in which SSH remembers the keys of hosts: `SSH_KNOWN_HOSTS FILE FORMAT` in sshd(8). */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface KnownKey {
  /** As in the file and in the protocol, e.g. `ssh-ed25519`. */
  readonly type: string;
  readonly key: Buffer;
  readonly revoked: boolean;
}

/** What stands there for one host, in the order of the file. Lines that cannot be read, and authorities, are left out as SSH does. */
export const findKnownKeys = (text: string, host: string, port: number): KnownKey[] => {
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
  return text.split('\n').flatMap((line) => parseLine(line, name) ?? []);
};

const parseLine = (line: string, name: string): KnownKey | undefined => {
  const fields = line.trim().split(/[ \t]+/);
  const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined;
  const [hosts = '', type, base64] = fields;
  if (hosts.startsWith('#') || type === undefined || base64 === undefined) return undefined;
  if (marker !== undefined && marker !== '@revoked') return undefined;
  if (!matchesHost(hosts, name)) return undefined;
  const key = Buffer.from(base64, 'base64');
  return typeOfKey(key) === type ? { type, key, revoked: marker === '@revoked' } : undefined;
};

const matchesHost = (hosts: string, name: string): boolean => {
  if (hosts.startsWith('|')) return matchesHashed(hosts, name);
  const patterns = hosts.toLowerCase().split(',');
  const matches = (pattern: string): boolean => globOf(pattern).test(name);
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern));
};

/** `|1|salt|hash`, both in base64: the HMAC-SHA1 of the name. */
const matchesHashed = (hosts: string, name: string): boolean => {
  const [, version, salt, hash] = hosts.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const found = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.byteLength === found.byteLength && timingSafeEqual(expected, found);
};

/** `*` and `?`; the brackets around a host with a port mean themselves. */
const globOf = (pattern: string): RegExp => {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
};

/** The name of its kind that a public key begins with; empty for what is no key. */
export const typeOfKey = (key: Buffer): string => {
  const length = key.byteLength >= 4 ? key.readUInt32BE(0) : 0;
  return length > 0 && length <= key.byteLength - 4 ? key.toString('latin1', 4, 4 + length) : '';
};

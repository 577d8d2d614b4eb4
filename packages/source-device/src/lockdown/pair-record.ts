import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomUUID,
  X509Certificate,
} from 'node:crypto';
import { promisify } from 'node:util';
import { BackupError } from '@triplicate/core';
import {
  asData,
  asDictionary,
  asString,
  parsePlist,
  PlistError,
  type PlistDictionary,
  type PlistValue,
  writeBinaryPlist,
} from '@triplicate/plist';
import { issueCertificate } from '../x509/certificate.ts';

/** What this computer and the device know of each other. The private keys never leave it but into the daemon's own keeping. */
export interface PairRecord {
  readonly hostId: string;
  readonly systemId: string;
  /** PEM, all of them. */
  readonly rootCertificate: Buffer;
  readonly hostCertificate: Buffer;
  readonly hostKey: Buffer;
  readonly deviceCertificate: Buffer;
  /** Opens services while the device is locked. */
  readonly escrowBag: Buffer | undefined;
  /** Everything as it stands, for saving and for `Unpair`. */
  readonly raw: PlistDictionary;
}

/** AUTH for one that lacks something, or whose keys and certificates cannot be used: only a new pairing helps. */
export const readPairRecord = (bytes: Uint8Array): PairRecord => {
  const raw = readDictionary(bytes);
  const hostId = asString(raw['HostID']);
  const data = (key: string): Buffer | undefined => asData(raw[key]);
  const [root, host, key, device] = ['RootCertificate', 'HostCertificate', 'HostPrivateKey', 'DeviceCertificate'].map(
    data,
  );
  if (hostId === undefined || !root || !host || !key || !device || !areUsable({ host, key, device }))
    throw new BackupError('AUTH', 'the pair record of this device is not whole', {
      hint: 'pair again: triplicate devices pair',
    });
  return {
    hostId,
    systemId: asString(raw['SystemBUID']) ?? '',
    rootCertificate: root,
    hostCertificate: host,
    hostKey: key,
    deviceCertificate: device,
    escrowBag: data('EscrowBag'),
    raw,
  };
};

/** As TLS needs them. */
const areUsable = ({ host, key, device }: Readonly<Record<'host' | 'key' | 'device', Buffer>>): boolean => {
  try {
    void new X509Certificate(device);
    return new X509Certificate(host).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
};

const readDictionary = (bytes: Uint8Array): PlistDictionary => {
  try {
    return asDictionary(parsePlist(bytes)) ?? {};
  } catch (error) {
    if (error instanceof PlistError) return {};
    throw error;
  }
};

export interface NewRecord {
  /** PEM of an RSA key (PKCS#1), as lockdown gives it. */
  readonly devicePublicKey: Uint8Array;
  readonly wifiAddress: string | undefined;
  readonly systemId: string;
  readonly now: Date;
}

/** Makes the keys and certificates of a new pairing; the escrow bag comes later, from the device. */
export const createPairRecord = async ({
  devicePublicKey,
  wifiAddress,
  systemId,
  now,
}: NewRecord): Promise<PlistDictionary> => {
  const [root, host] = await Promise.all([generateKeys(), generateKeys()]);
  const certify = (subject: KeyObject, authority: boolean): Buffer =>
    Buffer.from(issueCertificate({ subject, issuer: root.privateKey, authority, now }));
  return {
    DeviceCertificate: certify(deviceKey(devicePublicKey), false),
    HostCertificate: certify(host.publicKey, false),
    RootCertificate: certify(root.publicKey, true),
    HostPrivateKey: privatePem(host.privateKey),
    RootPrivateKey: privatePem(root.privateKey),
    HostID: randomUUID().toUpperCase(),
    SystemBUID: systemId,
    ...(wifiAddress === undefined ? {} : { WiFiMACAddress: wifiAddress }),
  };
};

/** Without the private keys and the escrow bag: what the device is told. */
export const publicPart = (record: PlistDictionary): PlistDictionary => {
  const hidden = new Set(['HostPrivateKey', 'RootPrivateKey', 'EscrowBag']);
  return Object.fromEntries(Object.entries(record).filter(([key]) => !hidden.has(key)));
};

export const encodePairRecord = (record: PlistDictionary, escrowBag: PlistValue | undefined): Buffer =>
  writeBinaryPlist(escrowBag === undefined ? record : { ...record, EscrowBag: escrowBag });

const generateKeys = async (): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> =>
  promisify(generateKeyPair)('rsa', { modulusLength: 2048 });

const privatePem = (key: KeyObject): Buffer => Buffer.from(key.export({ type: 'pkcs1', format: 'pem' }));

const deviceKey = (pem: Uint8Array): KeyObject => {
  try {
    return createPublicKey(Buffer.from(pem));
  } catch (cause) {
    throw new BackupError('CORRUPT', 'the device gave a public key that cannot be read', { cause });
  }
};

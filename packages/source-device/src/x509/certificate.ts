import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, boolean, explicit, identifier, integer, nothing, octets, sequence, time } from './der.ts';

const sha256WithRsa = sequence(identifier('1.2.840.113549.1.1.11'), nothing);
const basicConstraints = identifier('2.5.29.19');
const keyUsage = identifier('2.5.29.15');
const subjectKeyIdentifier = identifier('2.5.29.14');
/** Pairing certificates carry no names. */
const noName = sequence();
const version3 = explicit(0, integer(Buffer.of(2)));
/** digitalSignature and keyEncipherment. */
const usageBits = bits(Buffer.of(0xa0), 5);
const validYears = 10;

export interface CertificateRequest {
  /** An RSA public key. */
  readonly subject: KeyObject;
  /** The RSA private key that signs. */
  readonly issuer: KeyObject;
  readonly authority: boolean;
  readonly now: Date;
}

/** A certificate as pairing wants it: version 3, no names, SHA-256 with RSA, valid for ten years. Returned as PEM. */
export const issueCertificate = ({ subject, issuer, authority, now }: CertificateRequest): string => {
  const publicKey = subject.export({ type: 'spki', format: 'der' });
  const end = new Date(now);
  end.setUTCFullYear(end.getUTCFullYear() + validYears);
  const body = sequence(
    version3,
    integer(randomBytes(16)),
    sha256WithRsa,
    noName,
    sequence(time(now), time(end)),
    noName,
    publicKey,
    explicit(3, sequence(...extensions(subject, authority))),
  );
  return pem(sequence(body, sha256WithRsa, bits(sign('sha256', body, issuer))));
};

const extensions = (subject: KeyObject, authority: boolean): readonly Buffer[] => {
  const constraints = extension(basicConstraints, authority ? sequence(boolean(true)) : sequence(), true);
  if (authority) return [constraints];
  const id = octets(createHash('sha1').update(keyBits(subject)).digest());
  return [constraints, extension(subjectKeyIdentifier, id, false), extension(keyUsage, usageBits, true)];
};

/** The key as RFC 3447 writes it, which is what the identifier is made of. */
const keyBits = (key: KeyObject): Buffer => {
  const { n = '', e = '' } = key.export({ format: 'jwk' });
  return sequence(integer(Buffer.from(n, 'base64url')), integer(Buffer.from(e, 'base64url')));
};

const extension = (id: Buffer, value: Buffer, critical: boolean): Buffer =>
  critical ? sequence(id, boolean(true), octets(value)) : sequence(id, octets(value));

const pem = (der: Buffer): string => {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
};

import { constants, X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { BackupError, type Clock } from '@triplicate/core';
import { ByteChannel } from '../wire/byte-channel.ts';
import { withPatience } from '../wire/patience.ts';
import type { PairRecord } from './pair-record.ts';

const handshakeMs = 10_000;
/** Records of older tools are SHA-1 with 1024 bits; the certificate is pinned, so its strength is not what protects. */
const ciphers = 'ALL:!aNULL:!eNULL:@SECLEVEL=0';

export interface SecureOptions {
  readonly record: PairRecord;
  readonly label: string;
  /** iOS 9 and older speak TLS 1.0 alone. */
  readonly legacy: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** TLS over a connection that was plain so far. The device has to hold the key of the pair record's device certificate, else AUTH. */
export const secure = async (
  channel: ByteChannel,
  { record, label, legacy, clock, signal }: SecureOptions,
): Promise<ByteChannel> => {
  const socket = connect({
    socket: channel.detach() as Socket,
    cert: record.hostCertificate,
    key: record.hostKey,
    rejectUnauthorized: false,
    minVersion: legacy ? 'TLSv1' : 'TLSv1.2',
    ciphers,
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  });
  const giveUp = (): void => void socket.destroy();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await withPatience(handshake(socket, label), {
      clock,
      ms: handshakeMs,
      what: `encrypted connection to ${label}`,
      giveUp,
    });
    checkPeer(socket, record, label);
    const secured = new ByteChannel(socket, label, signal);
    secured.tap = channel.tap;
    return secured;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
};

const handshake = (socket: TLSSocket, label: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const fail = (error?: Error): void =>
      reject(
        new BackupError('UNAVAILABLE', `the encrypted connection to ${label} was not accepted`, {
          hint: 'if it happens again, pair again: triplicate devices pair',
          cause: error,
        }),
      );
    socket.once('secureConnect', () => {
      socket.off('error', fail);
      socket.off('close', fail);
      resolve();
    });
    socket.once('error', fail);
    socket.once('close', fail);
  });

const checkPeer = (socket: TLSSocket, record: PairRecord, label: string): void => {
  const expected = new X509Certificate(record.deviceCertificate).publicKey;
  if (socket.getPeerX509Certificate()?.publicKey.equals(expected) === true) return;
  throw new BackupError('AUTH', `what answers as ${label} is not the device that was paired`, {
    hint: 'unplug it, make sure of the cable and pair again: triplicate devices pair',
  });
};

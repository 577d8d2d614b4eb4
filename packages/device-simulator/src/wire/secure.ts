import { createSecureContext, TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import { X509Certificate } from 'node:crypto';
import { asData, type PlistDictionary } from '@triplicate/plist';
import type { SimDevice } from '../device.ts';
import { SimStream, StreamEnded } from './sim-stream.ts';

/** The phone's side of TLS: shows the certificate that the computer made for it, and wants one of that computer's own. */
export const secureServer = async (
  stream: SimStream,
  device: SimDevice,
  record: PlistDictionary,
): Promise<SimStream> => {
  const version = device.options.tls === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2';
  const secureContext = createSecureContext({
    key: device.keys.privateKey.export({ type: 'pkcs1', format: 'pem' }),
    cert: asData(record['DeviceCertificate']),
    ciphers: 'ALL:!aNULL:!eNULL:@SECLEVEL=0',
    minVersion: version,
    maxVersion: version,
  });
  const socket = new TLSSocket(stream.detach() as Socket, {
    isServer: true,
    secureContext,
    requestCert: true,
    rejectUnauthorized: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('secure', resolve);
    socket.once('error', () => reject(new StreamEnded('no TLS')));
    socket.once('close', () => reject(new StreamEnded('no TLS')));
  });
  socket.on('error', () => socket.destroy());
  if (!isKnown(socket.getPeerX509Certificate(), record)) {
    socket.destroy();
    throw new StreamEnded('a computer without a certificate of this pairing');
  }
  return new SimStream(socket);
};

const isKnown = (peer: X509Certificate | undefined, record: PlistDictionary): boolean =>
  ['HostCertificate', 'RootCertificate'].some((key) => {
    const own = asData(record[key]);
    return own !== undefined && peer !== undefined && new X509Certificate(own).raw.equals(peer.raw);
  });

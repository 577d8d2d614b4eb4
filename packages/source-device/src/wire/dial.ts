import { connect, type Socket } from 'node:net';
import { BackupError, toBackupError } from '@triplicate/core';

export type Endpoint = { readonly path: string } | { readonly host: string; readonly port: number };

export const endpointLabel = (endpoint: Endpoint): string =>
  'path' in endpoint ? endpoint.path : `${endpoint.host}:${endpoint.port}`;

/** Opens a plain connection; UNAVAILABLE when nothing listens there, ABORTED when the signal fires first. */
export const dial = (endpoint: Endpoint, signal: AbortSignal): Promise<Socket> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(toBackupError(signal.reason, 'ABORTED'));
    const socket = connect(endpoint);
    const settle = (): void => {
      socket.off('error', fail);
      socket.off('connect', succeed);
      signal.removeEventListener('abort', stop);
    };
    const fail = (error: Error): void => {
      settle();
      socket.destroy();
      reject(new BackupError('UNAVAILABLE', `nothing answers at ${endpointLabel(endpoint)}`, { cause: error }));
    };
    const succeed = (): void => {
      settle();
      socket.setNoDelay(true);
      resolve(socket);
    };
    const stop = (): void => {
      settle();
      socket.destroy();
      reject(new BackupError('ABORTED', 'interrupted', { cause: signal.reason }));
    };
    socket.once('error', fail);
    socket.once('connect', succeed);
    signal.addEventListener('abort', stop, { once: true });
  });

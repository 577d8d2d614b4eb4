import { BackupError, throwIfAborted, toBackupError } from '@triplicate/core';

export interface Email {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

const timeLimitMs = 30_000;

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);

/**
 * Through the server that an address like `smtps://user:password@host` names; the address is a secret, and no message holds it. A
 * password is given to it by TLS alone, unless it is on this machine.
 */
export const sendEmail = async (address: string, email: Email, signal: AbortSignal): Promise<void> => {
  throwIfAborted(signal);
  const { protocol, hostname = '', password = '' } = URL.parse(address) ?? {};
  if (protocol !== 'smtp:' && protocol !== 'smtps:') {
    throw new BackupError('CONFIG_INVALID', 'the address of the mail server is none', {
      hint: 'put smtps://USER:PASSWORD@HOST (or smtp://HOST:587) where the configuration says that it is',
    });
  }
  const needsTls = protocol === 'smtp:' && password !== '' && !isLoopback(hostname);
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    url: address,
    connectionTimeout: timeLimitMs,
    greetingTimeout: timeLimitMs,
    socketTimeout: timeLimitMs,
    // A password goes over no wire in clear.
    requireTLS: needsTls,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const stop = (): void => transport.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await transport.sendMail({ ...email, to: [...email.to] });
  } catch (cause) {
    throwIfAborted(signal);
    if (
      needsTls &&
      /TLS|SSL/.test(`${String((cause as { readonly code?: unknown }).code)} ${toBackupError(cause).message}`)
    )
      throw new BackupError(
        'UNAVAILABLE',
        'the mail was not sent: the server has no TLS that works, and a password is given',
        {
          hint: 'write smtps://USER:PASSWORD@HOST, or leave the password out where the server asks for none',
          cause,
        },
      );
    throw new BackupError('UNAVAILABLE', `the mail was not sent: ${toBackupError(cause).message}`, { cause });
  } finally {
    signal.removeEventListener('abort', stop);
    transport.close();
  }
};

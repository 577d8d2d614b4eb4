import { BackupError, throwIfAborted, toBackupError } from '@triplicate/core';

export interface Email {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

const timeLimitMs = 30_000;

/** Through the server that an address like `smtps://user:password@host` names; the address is a secret, and no message holds it. */
export const sendEmail = async (address: string, email: Email, signal: AbortSignal): Promise<void> => {
  throwIfAborted(signal);
  const { protocol } = URL.parse(address) ?? {};
  if (protocol !== 'smtp:' && protocol !== 'smtps:') {
    throw new BackupError('CONFIG_INVALID', 'the address of the mail server is none', {
      hint: 'put smtps://USER:PASSWORD@HOST (or smtp://HOST:587) where the configuration says that it is',
    });
  }
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    url: address,
    connectionTimeout: timeLimitMs,
    greetingTimeout: timeLimitMs,
    socketTimeout: timeLimitMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const stop = (): void => transport.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await transport.sendMail({ ...email, to: [...email.to] });
  } catch (cause) {
    throwIfAborted(signal);
    throw new BackupError('UNAVAILABLE', `the mail was not sent: ${toBackupError(cause).message}`, { cause });
  } finally {
    signal.removeEventListener('abort', stop);
    transport.close();
  }
};

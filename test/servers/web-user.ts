/** One user of a web server, in the form of a password file that both nginx and Apache read. */
import { hash } from 'node:crypto';

export const webUser = { username: 'anna', password: 'not-a-secret-but-alone' } as const;

export const passwordFile = `${webUser.username}:{SHA}${hash('sha1', webUser.password, 'base64')}\n`;

import { BackupError } from '@triplicate/core';

/** A place in a phone: a domain, and the path inside it, without slashes at its ends. */
export interface LogicalPath {
  readonly domain: string;
  readonly path: string;
}

/** `CameraRollDomain/Media/DCIM`; a slash in front changes nothing. USAGE when there is no domain. */
export const splitPhonePath = (typed: string): LogicalPath => {
  const [domain = '', ...rest] = typed.split('/').filter((part) => part !== '');
  if (domain !== '') return { domain, path: rest.join('/') };
  throw new BackupError('USAGE', 'the path names no domain', {
    hint: 'write it as in CameraRollDomain/Media; `triplicate ls --logical SNAPSHOT` lists the domains',
  });
};

export const joinPhonePath = ({ domain, path }: LogicalPath): string => (path === '' ? domain : `${domain}/${path}`);

/** Where stock restic finds what stands on a destination, for whoever has neither us nor this computer any more. */
import type { DestinationConfig } from '@triplicate/core';
import { absoluteOf, type PathBase } from '../compose/disks.ts';

export interface StockPlace {
  /** What follows `restic -r`. */
  readonly repository: string;
  /** What it wants besides, after "with". */
  readonly needs?: string;
}

interface Parts {
  readonly base: PathBase;
  /** Whom a server takes us for where the configuration names nobody. */
  readonly user: string;
  /** Without slashes around it; empty for none. */
  readonly prefix: string;
}

type Options = Readonly<Record<string, unknown>>;

/** `undefined` for a kind that only a plugin of somebody else knows. */
export const stockPlace = (
  { type, options, common }: Pick<DestinationConfig, 'type' | 'options' | 'common'>,
  parts: Omit<Parts, 'prefix'>,
): StockPlace | undefined =>
  kinds[type]?.(options as Options, { ...parts, prefix: (common.prefix ?? '').replaceAll(/^\/+|\/+$/g, '') });

const word = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

const joined = (...names: readonly string[]): string =>
  names
    .filter((name) => name !== '')
    .map((name, i) => (i === 0 ? name : name.replace(/^\/+/, '')).replace(/(?<=.)\/+$/, ''))
    .join('/');

const byRclone = ({ folder }: Options, { prefix }: Parts): StockPlace => ({
  repository: `rclone:REMOTE:${joined(word(folder), prefix)}`,
  needs: 'rclone, where `rclone config` made a remote of the account, and its name instead of REMOTE',
});

const kinds: Readonly<Record<string, (options: Options, parts: Parts) => StockPlace>> = {
  local: ({ path }, { base, prefix }) => ({ repository: joined(absoluteOf(word(path), base), prefix) }),
  // After the slash that ends the server a path is one from the user's folder on; a root of its own makes two.
  sftp: ({ host, path, port = 22, user: named }, { prefix, user }) => {
    const server = word(host).includes(':') ? `[${word(host)}]` : word(host);
    const at = port === 22 ? server : `${server}:${word(port)}`;
    const folder = joined(word(path).replace(/^~\//, ''), prefix);
    return {
      repository: `sftp://${word(named) || user}@${at}/${folder}`,
      needs: 'the SSH key or the password of that user',
    };
  },
  rest: ({ remote, url, username }, { prefix }) =>
    remote === undefined
      ? {
          repository: `rest:${joined(word(url), prefix)}/`,
          ...(username === undefined
            ? {}
            : { needs: `RESTIC_REST_USERNAME=${word(username)} and RESTIC_REST_PASSWORD in the environment` }),
        }
      : { repository: `rclone:${joined(word(remote), prefix)}`, needs: 'rclone, where this remote was made again' },
  s3: ({ bucket, endpoint, region }, { prefix }) => ({
    repository: `s3:${joined(word(endpoint) || `https://s3.${word(region)}.amazonaws.com`, word(bucket), prefix)}`,
    needs: `AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION=${word(region)} in the environment`,
  }),
  azure: ({ account, container }, { prefix }) => ({
    repository: `azure:${word(container)}:/${prefix}`,
    needs: `AZURE_ACCOUNT_NAME=${word(account)} and AZURE_ACCOUNT_KEY or AZURE_ACCOUNT_SAS in the environment`,
  }),
  gdrive: byRclone,
  dropbox: byRclone,
  onedrive: byRclone,
  webdav: ({ url }, { prefix }) => ({
    repository: `rclone:REMOTE:${prefix}`,
    needs: `rclone, where \`rclone config\` made a remote of ${word(url)}, and its name instead of REMOTE`,
  }),
};

/** The calls of the API, by name. Each gets its argument and, where it takes one, the content; what it gives is the answer in JSON. */
import type { files } from 'dropbox';
import { fileMetadata, folderMetadata, metadata } from './answers.ts';
import type { Listings } from './listings.ts';
import { refuse, senseless, tooMany, unauthorized } from './refusal.ts';
import type { Commit, Store, Stored } from './store.ts';
import { checkHash, type SessionCursor, type Uploads } from './uploads.ts';

export interface Surroundings {
  readonly store: Store;
  readonly listings: Listings;
  readonly uploads: Uploads;
  /** So many writes at a time; all others are told that there are too many. */
  readonly mostWrites: () => number;
  /** What the app may do. */
  readonly scopes: () => readonly string[];
}

type Argument = Readonly<Record<string, unknown>>;
export type Call = (surroundings: Surroundings, argument: Argument, content: Buffer) => unknown;

/** A path, and the id of a file where it begins so. */
export const pathOf = ({ store }: Surroundings, argument: Argument, call: string): string => {
  const path = argument['path'];
  if (typeof path !== 'string') throw senseless(call, 'request body: path: expected string');
  if (path.startsWith('id:')) {
    const found = [...store.entries.values()].find(({ id }) => id === path);
    if (found === undefined) throw refuse({ '.tag': 'path', path: { '.tag': 'not_found' } });
    return found.display;
  }
  // The pattern of a path in files.stone; slashes too many are as one, which rclone relies on.
  if (path !== '' && !path.startsWith('/')) {
    throw senseless(
      call,
      `request body: path: '${path}' did not match pattern '(/(.|[\\r\\n])*)?|id:.*|(ns:[0-9]+(/.*)?)'`,
    );
  }
  const clean = path.replaceAll(/\/{2,}/g, '/');
  if (clean.endsWith('/')) throw refuse({ '.tag': 'path', path: { '.tag': 'malformed_path', malformed_path: null } });
  return clean;
};

const find = (surroundings: Surroundings, argument: Argument, call: string, tag = 'path'): Stored => {
  const found = surroundings.store.find(pathOf(surroundings, argument, call));
  if (found === undefined) throw refuse({ '.tag': tag, [tag]: { '.tag': 'not_found' } });
  return found;
};

const commitOf = (surroundings: Surroundings, argument: Argument, call: string): Commit => {
  const mode = argument['mode'] ?? 'add';
  const union = typeof mode === 'string' ? { '.tag': mode } : (mode as Argument);
  return {
    path: pathOf(surroundings, argument, call),
    mode: String(union['.tag']),
    rev: union['update'] as string | undefined,
    autorename: argument['autorename'] === true,
    strictConflict: argument['strict_conflict'] === true,
    clientModified: argument['client_modified'] as string | undefined,
  };
};

let writing = 0;
/** Writes to one namespace wait for one another: https://www.dropbox.com/developers/reference/data-ingress-guide */
const write = async <T>({ mostWrites }: Surroundings, work: () => T): Promise<T> => {
  if (writing >= mostWrites()) throw tooMany('too_many_write_operations', 0);
  writing += 1;
  try {
    await new Promise(setImmediate);
    return work();
  } finally {
    writing -= 1;
  }
};

const store = (surroundings: Surroundings, commit: Commit, content: Buffer, wrap: (reason: object) => object) =>
  write(surroundings, () => {
    const file = surroundings.store.write(commit, content, wrap);
    surroundings.listings.wrote(file.display.toLowerCase());
    return fileMetadata(file);
  });

const uploadFailed = (reason: object): object => ({ '.tag': 'path', reason, upload_session_id: 'none' });
const finishFailed = (reason: object): object => ({ '.tag': 'path', path: reason });
const cursorOf = (argument: Argument): SessionCursor => argument['cursor'] as SessionCursor;

export const rpcCalls: Readonly<Record<string, Call>> = {
  'users/get_current_account': () => ({
    account_id: 'dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc',
    name: {
      given_name: 'Anna',
      surname: 'Example',
      familiar_name: 'Anna',
      display_name: 'Anna Example',
      abbreviated_name: 'AE',
    },
    email: 'anna@example.org',
    email_verified: true,
    disabled: false,
    locale: 'en',
    referral_link: 'https://db.tt/none',
    is_paired: false,
    account_type: { '.tag': 'basic' },
    root_info: { '.tag': 'user', root_namespace_id: '1', home_namespace_id: '1' },
  }),
  'users/get_space_usage': ({ scopes, store: { allocated, used } }) => {
    if (!scopes().includes('account_info.read'))
      throw unauthorized('missing_scope', { required_scope: 'account_info.read' });
    return { used, allocation: { '.tag': 'individual', allocated } };
  },
  'files/get_metadata': (surroundings, argument) => {
    if (argument['path'] === '')
      throw senseless('files/get_metadata', 'request body: path: The root folder is unsupported.');
    const entry = find(surroundings, argument, 'files/get_metadata');
    return metadata({ lower: entry.display.toLowerCase(), display: entry.display, entry });
  },
  'files/list_folder': (surroundings, argument) => {
    const path = pathOf(surroundings, argument, 'files/list_folder');
    const limit = argument['limit'];
    if (limit !== undefined && limit !== null && !(Number(limit) >= 1 && Number(limit) <= 2000)) {
      throw senseless('files/list_folder', 'request body: limit: not within range [1, 2000]');
    }
    const given = { ...argument, path, ...(typeof limit === 'number' ? { limit } : { limit: 500 }) };
    const { listings } = surroundings;
    return listings.once(JSON.stringify(argument), async () => listings.start(given as files.ListFolderArg));
  },
  'files/list_folder/continue': ({ listings }, { cursor }) => listings.continue(String(cursor)),
  'files/create_folder_v2': (surroundings, argument) =>
    write(surroundings, () => {
      const path = pathOf(surroundings, argument, 'files/create_folder_v2');
      return { metadata: folderMetadata(surroundings.store.makeFolder(path, finishFailed)) };
    }),
  'files/delete_v2': (surroundings, argument) =>
    write(surroundings, () => {
      const entry = find(surroundings, argument, 'files/delete_v2', 'path_lookup');
      const rev = argument['parent_rev'];
      if (typeof rev === 'string' && (entry.kind === 'folder' || entry.rev !== rev)) {
        throw refuse({ '.tag': 'path_write', path_write: { '.tag': 'conflict', conflict: { '.tag': entry.kind } } });
      }
      surroundings.store.remove(entry.display);
      return { metadata: metadata({ lower: entry.display.toLowerCase(), display: entry.display, entry }) };
    }),
};

export const uploadCalls: Readonly<Record<string, Call>> = {
  'files/upload': (surroundings, argument, content) => {
    checkHash(content, argument['content_hash'] as string | undefined, 'files/upload');
    return store(surroundings, commitOf(surroundings, argument, 'files/upload'), content, uploadFailed);
  },
  'files/upload_session/start': ({ uploads }, argument, content) => {
    checkHash(content, argument['content_hash'] as string | undefined, 'files/upload_session/start');
    return { session_id: uploads.start(content, argument['close'] === true) };
  },
  'files/upload_session/append_v2': ({ uploads }, argument, content) => {
    checkHash(content, argument['content_hash'] as string | undefined, 'files/upload_session/append_v2');
    uploads.append(cursorOf(argument), content, argument['close'] === true);
    return null;
  },
  'files/upload_session/finish': (surroundings, argument, content) => {
    checkHash(content, argument['content_hash'] as string | undefined, 'files/upload_session/finish');
    const commit = commitOf(surroundings, argument['commit'] as Argument, 'files/upload_session/finish');
    return surroundings.uploads.finish(cursorOf(argument), content, (whole) =>
      store(surroundings, commit, whole, finishFailed),
    );
  },
};

/** Where objects stand on a REST server, which knows the folders of restic's layout and answers a listing with bare names. */

/** The folders whose objects are named by their hash. */
export const kinds = ['data', 'index', 'keys', 'locks', 'snapshots'] as const;
export type Kind = (typeof kinds)[number];

const ours = 'triplicate' as const;
const id = /^[0-9a-f]{64}$/;

export const isId = (name: string): boolean => id.test(name);
const isKind = (part: string | undefined): part is Kind => (kinds as readonly (string | undefined)[]).includes(part);

const isFolder = (part: string | undefined): part is Kind | typeof ours => isKind(part) || part === ours;

/**
 * One object on the server. `repository` is the folder that a repository stands in, with a slash at its end unless it is empty. What is no
 * object of restic's stands in the folder `triplicate/` under one flat name, since a listing does not tell folders apart.
 */
export interface Place {
  readonly repository: string;
  readonly folder: Kind | typeof ours | '';
  readonly name: string;
}

/** `data/xx/` is the server's own affair. */
export const placeOf = (key: string): Place => {
  const parts = key.split('/');
  // The first folder that is known says what the rest is; a repository stands in no such folder.
  const at = parts.findIndex(isFolder);
  const folder = parts[at];
  const repository = joined(at < 0 ? parts.slice(0, -1) : parts.slice(0, at));
  const rest = parts.slice(at + 1);
  const name = rest.at(-1) ?? '';
  if (folder === ours && at >= 0 && rest.length > 0) return { repository, folder: ours, name: rest.join('~') };
  const fits = folder === 'data' ? rest.length === 2 && rest[0] === name.slice(0, 2) : rest.length === 1;
  if (at >= 0 && isKind(folder) && fits && isId(name)) return { repository, folder, name };
  if (at < 0 && name === 'config') return { repository, folder: '', name };
  return { repository: '', folder: ours, name: `~${parts.join('~')}` };
};

/** The other way; `undefined` for a name that is none of ours. */
export const keyOf = ({ folder, name, repository }: Place): string | undefined => {
  if (folder === ours && name.startsWith('~'))
    return repository === '' ? name.slice(1).replaceAll('~', '/') : undefined;
  if (folder === ours) return `${repository}${ours}/${name.replaceAll('~', '/')}`;
  if (folder === '') return `${repository}${name}`;
  if (!isId(name)) return undefined;
  return folder === 'data' ? `${repository}data/${name.slice(0, 2)}/${name}` : `${repository}${folder}/${name}`;
};

/** What follows the address of the server. */
export const pathOf = ({ folder, name, repository }: Place): string =>
  `${folderPath(repository, folder)}${encodeURIComponent(name)}`;

export const folderPath = (repository: string, folder: Place['folder']): string =>
  folder === '' ? repository : `${repository}${folder}/`;

/** What has to be looked at to find every key with a prefix. */
export interface ListPlan {
  readonly folders: readonly Pick<Place, 'repository' | 'folder'>[];
  readonly config: Place | undefined;
  /** Where more repositories may stand whose keys have the prefix too; nobody tells their names. */
  readonly below: string | undefined;
}

export const planList = (prefix: string): ListPlan => {
  const parts = prefix.split('/');
  const last = parts.pop() ?? '';
  const flat = { repository: '', folder: ours } as const;
  const at = parts.findIndex(isFolder);
  const known = parts[at];
  if (at >= 0 && isFolder(known)) {
    const own = { repository: joined(parts.slice(0, at)), folder: known };
    return { folders: known === ours ? [own] : [own, flat], config: undefined, below: undefined };
  }
  const repository = joined(parts);
  const folders = [...kinds, flat.folder]
    .filter((folder) => folder.startsWith(last))
    .map((folder): ListPlan['folders'][number] => ({ repository, folder }));
  const hasFlat = folders.some((one) => one.folder === ours && repository === '');
  return {
    folders: hasFlat ? folders : [...folders, flat],
    config: 'config'.startsWith(last) ? { repository, folder: '', name: 'config' } : undefined,
    below: repository,
  };
};

const joined = (parts: readonly string[]): string => (parts.length === 0 ? '' : `${parts.join('/')}/`);

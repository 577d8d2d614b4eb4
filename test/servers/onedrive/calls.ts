/** The requests below /v1.0: https://learn.microsoft.com/en-us/graph/api/resources/onedrive */
import { type Bases, driveAnswer, itemAnswer } from './answers.ts';
import { invalid, notFound, Refusal } from './refusal.ts';
import type { UploadSessions } from './sessions.ts';
import type { Conflict, Item, Tree } from './tree.ts';

export interface Surroundings {
  readonly tree: Tree;
  readonly sessions: UploadSessions;
  readonly now: {
    readonly appFolderOnly: boolean;
    readonly mostEntries: number;
    readonly listLagMs: number;
    readonly refusesTokens: boolean;
  };
  readonly pages: Map<string, { readonly rest: readonly Item[]; readonly size: number }>;
}

export interface GraphRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly content: Buffer;
  readonly bases: Bases;
}

export interface GraphAnswer {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Address {
  readonly from: Item;
  readonly path: readonly string[];
  /** E.g. `children`; empty for the item itself. */
  readonly what: string;
}

export const answerGraph = (surroundings: Surroundings, request: GraphRequest): GraphAnswer => {
  const { pathname } = request.url;
  const drive = /^\/v1\.0\/(?:me\/drive|drives\/[^/:]+)(.*)$/.exec(pathname);
  if (drive === null) throw invalid('Resource not found for the segment');
  if (drive[1] === '') {
    if (surroundings.now.appFolderOnly) throw new Refusal(403, 'accessDenied', 'Access denied');
    return { status: 200, body: driveAnswer(surroundings.tree) };
  }
  const address = addressOf(surroundings, drive[1] ?? '');
  const { tree } = surroundings;
  if (surroundings.now.appFolderOnly && !tree.isInside(address.from, tree.appRoot)) {
    throw new Refusal(403, 'accessDenied', 'Access denied');
  }
  const call = calls[`${request.method} ${address.what}`.trim()];
  if (call === undefined) throw new Refusal(405, 'invalidRequest', 'The HTTP method is not allowed');
  return call(surroundings, request, address);
};

/** `…:/a/b:/children`, `…:/a/b` or `…/children`, after the item that it begins at. */
const addressOf = ({ tree }: Surroundings, text: string): Address => {
  const [, base = '', rest = ''] = /^(\/root|\/special\/approot|\/items\/[^/:]+)(.*)$/.exec(text) ?? [];
  if (base === '') throw invalid('Resource not found for the segment');
  const from =
    base === '/root'
      ? tree.root
      : base.startsWith('/special')
        ? tree.appRoot
        : tree.byId(decodeURIComponent(base.slice(7)));
  if (!rest.startsWith(':/')) return { from, path: [], what: rest.slice(1) };
  const end = rest.indexOf(':', 1);
  const path = (end < 0 ? rest.slice(2) : rest.slice(2, end)).split('/').filter((part) => part !== '');
  return { from, path: path.map(decodeURIComponent), what: end < 0 ? '' : rest.slice(end + 2) };
};

type Call = (surroundings: Surroundings, request: GraphRequest, address: Address) => GraphAnswer;

const find = ({ tree }: Surroundings, { from, path }: Address): Item => {
  const item = tree.find(from, path);
  if (item === undefined) throw notFound();
  return item;
};

const jsonOf = ({ content }: GraphRequest): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(content.toString() || '{}') as Readonly<Record<string, unknown>>;
  } catch {
    throw invalid('Unable to read JSON request payload');
  }
};

const conflictOf = (value: unknown, usual: Conflict): Conflict => {
  if (value === undefined || value === null) return usual;
  if (value === 'fail' || value === 'replace' || value === 'rename') return value;
  throw invalid('The conflict behavior is none of fail, replace and rename');
};

/** Where something is to be written, which may be there already. */
const target = ({ tree }: Surroundings, { from, path }: Address): { readonly parent: Item; readonly name: string } => {
  if (path.length > 0) return { parent: tree.parentFor(from, path), name: path.at(-1) ?? '' };
  if (from.parent === undefined || from.children !== undefined) throw invalid('This item has no content');
  return { parent: tree.byId(from.parent), name: from.name };
};

const modifiedIn = (value: unknown): string | undefined =>
  (value as { readonly lastModifiedDateTime?: string } | undefined)?.lastModifiedDateTime;

const checkMatch = ({ headers }: GraphRequest, item: Item): void => {
  const wanted = headers['if-match'];
  if (wanted !== undefined && wanted !== '*' && wanted !== item.eTag) {
    throw new Refusal(412, 'resourceModified', 'ETag does not match current item value');
  }
};

const calls: Readonly<Record<string, Call>> = {
  GET: (surroundings, { bases }, address) => ({
    status: 200,
    body: itemAnswer(surroundings.tree, find(surroundings, address), bases),
  }),
  'GET children': (surroundings, request, address) => {
    const folder = find(surroundings, address);
    const { mostEntries } = surroundings.now;
    const wanted = Number(request.url.searchParams.get('$top') ?? 200);
    if (!(wanted >= 1)) throw invalid('The value of $top is not valid');
    return page(surroundings, request, address, {
      token: request.url.searchParams.get('$skiptoken') ?? undefined,
      folder,
      size: Math.min(wanted, mostEntries),
    });
  },
  'POST children': (surroundings, request, address) => {
    const { name, '@microsoft.graph.conflictBehavior': conflict } = jsonOf(request);
    const parent = find(surroundings, address);
    const item = surroundings.tree.makeFolder(parent, String(name), conflictOf(conflict, 'fail'));
    return { status: 201, body: itemAnswer(surroundings.tree, item, request.bases) };
  },
  'GET content': (surroundings, { bases }, address) => {
    const answer = itemAnswer(surroundings.tree, find(surroundings, address), bases) as Readonly<
      Record<string, string>
    >;
    const location = answer['@microsoft.graph.downloadUrl'];
    if (location === undefined) throw invalid('This item has no content');
    return { status: 302, headers: { location } };
  },
  'PUT content': (surroundings, request, address) => {
    if (request.content.byteLength > 250 * 2 ** 20)
      throw new Refusal(413, 'invalidRequest', 'Request entity too large');
    const conflict = conflictOf(request.url.searchParams.get('@microsoft.graph.conflictBehavior'), 'replace');
    const { name, parent } = target(surroundings, address);
    const before = surroundings.tree.child(parent, name);
    if (before !== undefined) checkMatch(request, before);
    const item = surroundings.tree.write(parent, name, request.content, conflict);
    return { status: before === undefined ? 201 : 200, body: itemAnswer(surroundings.tree, item, request.bases) };
  },
  'POST createUploadSession': (surroundings, request, address) => {
    const options = (jsonOf(request)['item'] ?? {}) as Readonly<Record<string, unknown>>;
    const { name, parent } = target(surroundings, address);
    const id = surroundings.sessions.start(parent, name, {
      // Not documented for this call; rclone says nothing and expects that a file is replaced.
      conflict: conflictOf(options['@microsoft.graph.conflictBehavior'], 'replace'),
      clientModified: modifiedIn(options['fileSystemInfo']),
    });
    const uploadUrl = `${request.bases.open}/upload/${id}?tempauth=v1.secret`;
    return { status: 200, body: { uploadUrl, ...surroundings.sessions.status(id) } };
  },
  PATCH: (surroundings, request, address) => {
    const item = find(surroundings, address);
    const { fileSystemInfo, name } = jsonOf(request);
    if (name !== undefined && name !== item.name) throw new Refusal(501, 'notSupported', 'Renaming is not written');
    item.clientModified = modifiedIn(fileSystemInfo) ?? item.clientModified;
    return { status: 200, body: itemAnswer(surroundings.tree, item, request.bases) };
  },
  DELETE: (surroundings, request, address) => {
    const item = find(surroundings, address);
    if (item.parent === undefined) throw invalid('The root cannot be deleted');
    checkMatch(request, item);
    surroundings.tree.remove(item);
    return { status: 204 };
  },
};

interface PageOptions {
  readonly token: string | undefined;
  readonly folder: Item;
  readonly size: number;
}

/** `@odata.nextLink` is an address to be used as it is: https://learn.microsoft.com/en-us/graph/paging */
const page = (
  { now, pages, tree }: Surroundings,
  { bases, url }: GraphRequest,
  _: Address,
  { folder, size, token }: PageOptions,
): GraphAnswer => {
  const begun = token === undefined ? undefined : pages.get(token);
  if (token !== undefined && begun === undefined) throw invalid('The skiptoken is not valid');
  const all = begun?.rest ?? [...(folder.children?.values() ?? [])].map((id) => tree.byId(id));
  const visible = all.filter(({ created }) => Date.now() - Date.parse(created) >= now.listLagMs);
  const rest = visible.slice(size);
  const body = { value: visible.slice(0, size).map((item) => itemAnswer(tree, item, bases)) };
  if (rest.length === 0) return { status: 200, body };
  const next = new URL(`${bases.graph}${url.pathname}${url.search}`);
  const skip = `p${pages.size}`;
  pages.set(skip, { rest, size });
  next.searchParams.set('$skiptoken', skip);
  return { status: 200, body: { ...body, '@odata.nextLink': next.href } };
};

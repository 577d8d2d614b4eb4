/**
 * Google Drive v3 on loopback, as its documentation describes it: https://developers.google.com/workspace/drive/api/reference/rest/v3 and the
 * guides beside it (search-files, manage-uploads, handle-errors, limits, manage-downloads, fields-parameter). Stock rclone is its judge.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { select } from './fields.ts';
import { parseQuery } from './query.ts';
import { ApiError, DriveStore, notFound, type StoredFile, type StoreOptions } from './store.ts';
import { parseJson, readAll, type UploadAnswer, type UploadOptions, Uploads } from './uploads.ts';

export interface DriveServerOptions extends StoreOptions, UploadOptions {
  /** Whether the header lets the caller in. */
  readonly accepts: (authorization: string | undefined) => boolean;
  /** More requests in a second are refused with 403 userRateLimitExceeded. */
  perSecond?: number;
  /** Most entries of a page, whatever was asked for. */
  mostOnPage?: number;
  /** Members of shared drives may put things into the trash and not delete them. */
  trashOnly?: boolean;
}

export interface DriveServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly store: DriveStore;
  readonly uploads: Uploads;
  readonly options: DriveServerOptions;
  /** Every request, as `METHOD /path?query`. */
  readonly requests: readonly string[];
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

export const startDriveServer = async (options: DriveServerOptions): Promise<DriveServer> => {
  const store = new DriveStore(options);
  const uploads = new Uploads(store, options);
  const pages = new Map<string, { readonly files: readonly StoredFile[]; readonly at: number }>();
  const requests: string[] = [];
  const recent: number[] = [];

  const answer = ({ response }: Pick<Call, 'response'>, body: unknown, status = 200): void =>
    void response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body));

  const answerFile = (call: Call, file: StoredFile): void =>
    answer(call, select(store.describe(file), call.query.get('fields'), 'kind,id,name,mimeType'));

  const list = (call: Call): void => {
    const { query } = call;
    const token = query.get('pageToken');
    const page = token === null ? undefined : pages.get(token);
    if (token !== null && page === undefined) throw new ApiError(400, 'invalid', 'Invalid Value: pageToken');
    const files = page?.files ?? search(query);
    const at = page?.at ?? 0;
    const size = Math.min(Number(query.get('pageSize') ?? 100), options.mostOnPage ?? 1000);
    if (!(size >= 1 && size <= 1000)) throw new ApiError(400, 'invalid', 'Invalid value: pageSize');
    const next = `~!!~page${pages.size}`;
    const isLast = at + size >= files.length;
    if (!isLast) pages.set(next, { files, at: at + size });
    const body = {
      kind: 'drive#fileList',
      incompleteSearch: false,
      files: files.slice(at, at + size).map((file) => store.describe(file)),
      ...(isLast ? {} : { nextPageToken: next }),
    };
    answer(call, select(body, query.get('fields'), 'kind,nextPageToken,incompleteSearch,files(kind,id,name,mimeType)'));
  };

  const search = (query: URLSearchParams): readonly StoredFile[] => {
    const test = parseQuery(query.get('q') ?? 'trashed = false or trashed = true', store.rootId);
    const all = query.get('includeItemsFromAllDrives') === 'true';
    const driveId = query.get('driveId');
    if (driveId !== null && query.get('corpora') !== 'drive')
      throw new ApiError(400, 'invalid', 'The driveId parameter needs corpora=drive.');
    return store
      .listed()
      .filter((file) => (driveId === null ? file.driveId === undefined || all : file.driveId === driveId))
      .filter(test);
  };

  const download = (call: Call, { content }: StoredFile): void => {
    const { request, response } = call;
    if (content === undefined)
      throw new ApiError(403, 'fileNotDownloadable', 'Only files with binary content can be downloaded.');
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const headers = { 'content-type': 'application/octet-stream' };
    if (from === undefined)
      return void response.writeHead(200, { ...headers, 'content-length': content.byteLength }).end(content);
    const [first, last] = [
      Number(from),
      Math.min(to === '' || to === undefined ? Infinity : Number(to), content.byteLength - 1),
    ];
    if (first > last) throw new ApiError(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable');
    const range = `bytes ${first}-${last}/${content.byteLength}`;
    response.writeHead(206, { ...headers, 'content-range': range, 'content-length': last - first + 1 });
    response.end(content.subarray(first, last + 1));
  };

  const oneFile = async (call: Call, id: string): Promise<void> => {
    const file = visible(store.get(id), call.query);
    if (call.request.method === 'GET')
      return call.query.get('alt') === 'media' ? download(call, file) : answerFile(call, file);
    const metadata = parseJson(await readAll(call.request));
    if (call.request.method === 'PATCH') {
      const [added, removed] = ['addParents', 'removeParents'].map((name) => call.query.get(name)?.split(',') ?? []);
      const kept = file.parents.filter((parent) => removed?.includes(parent) !== true);
      file.parents = [...new Set([...kept, ...(added ?? []).map((parent) => store.get(parent).id)])];
      store.update(file, metadata);
      return answerFile(call, file);
    }
    if (call.request.method !== 'DELETE') throw new ApiError(404, 'notFound', 'Not Found');
    if (options.trashOnly === true)
      throw new ApiError(
        403,
        'insufficientFilePermissions',
        'The user does not have sufficient permissions for this file.',
      );
    store.delete(file);
    call.response.writeHead(204).end();
  };

  /** What is on a shared drive is there for those alone who say that they know of them. */
  const visible = (file: StoredFile, query: URLSearchParams): StoredFile => {
    if (file.driveId !== undefined && query.get('supportsAllDrives') !== 'true') throw notFound(file.id);
    return file;
  };

  const answerUpload = (call: Call, told: UploadAnswer): void => {
    const { response } = call;
    if (told.status === 499) return void response.writeHead(499).end();
    if (told.status === 308) {
      const range = told.stored === 0 ? {} : { range: `bytes=0-${told.stored - 1}` };
      return void response.writeHead(308, { ...range, 'content-length': 0 }).end();
    }
    if ('file' in told) return answerFile({ ...call, query: told.query }, told.file);
    const host = call.request.headers.host ?? '';
    const scheme = host.startsWith('127.') ? 'http' : 'https';
    const location = `${scheme}://${host}/upload/drive/v3/files?uploadType=resumable&upload_id=${told.session}`;
    response.writeHead(200, { location, 'content-length': 0 }).end();
  };

  const route = async (call: Call, path: string): Promise<void> => {
    const { query, request } = call;
    const [, upload, id] = /^(\/upload)?\/drive\/v3\/files(?:\/([^/]+))?$/.exec(path) ?? [];
    if (upload !== undefined) return answerUpload(call, await uploads.handle(request, query, id));
    if (path === '/drive/v3/files/generateIds') {
      const count = Number(query.get('count') ?? 10);
      if (!(count >= 1 && count <= 1000)) throw new ApiError(400, 'invalid', 'Invalid value: count');
      return answer(call, {
        kind: 'drive#generatedIds',
        space: 'drive',
        ids: Array.from({ length: count }, () => store.newId()),
      });
    }
    if (id !== undefined) return oneFile(call, id);
    if (path === '/drive/v3/files' && request.method === 'GET') return list(call);
    if (path === '/drive/v3/files' && request.method === 'POST')
      return answerFile(call, store.create(parseJson(await readAll(request)), undefined));
    if (path === '/drive/v3/about') return about(call);
    throw new ApiError(404, 'notFound', 'Not Found');
  };

  const about = (call: Call): void => {
    const fields = call.query.get('fields');
    if (fields === null) throw new ApiError(400, 'required', "The 'fields' parameter is required for this method.");
    const usage = String(store.usage());
    const limit = options.limitBytes === undefined ? {} : { limit: String(options.limitBytes) };
    const storageQuota = { ...limit, usage, usageInDrive: usage, usageInDriveTrash: '0' };
    answer(call, select({ kind: 'drive#about', storageQuota, user: { displayName: 'Anna' } }, fields, '*'));
  };

  const admit = ({ request }: Call): void => {
    const now = Date.now();
    while ((recent[0] ?? now) < now - 1000) recent.shift();
    recent.push(now);
    if (recent.length > (options.perSecond ?? Infinity))
      throw new ApiError(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded', 'usageLimits');
    if (!options.accepts(request.headers.authorization)) throw new ApiError(401, 'authError', 'Invalid Credentials');
  };

  const server = createServer((request, response) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://drive');
    requests.push(`${request.method} ${request.url}`);
    const call = { request, response, query };
    // What is never read keeps the connection from being used again.
    const fail = (cause: unknown): void => {
      request.resume();
      const error = cause instanceof SyntaxError ? new ApiError(400, 'invalidParameter', cause.message) : cause;
      if (!(error instanceof ApiError)) return void response.destroy(error as Error);
      const { domain, message, reason, status } = error;
      if (!response.destroyed)
        answer(call, { error: { code: status, message, errors: [{ domain, reason, message }] } }, status);
    };
    try {
      admit(call);
      route(call, pathname).catch(fail);
    } catch (error) {
      fail(error);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    store,
    uploads,
    options,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};

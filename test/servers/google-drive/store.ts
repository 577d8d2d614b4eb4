import { createHash, randomBytes } from 'node:crypto';

export const folderType = 'application/vnd.google-apps.folder';

export interface StoredFile {
  readonly id: string;
  name: string;
  mimeType: string;
  parents: readonly string[];
  content: Buffer | undefined;
  trashed: boolean;
  readonly driveId: string | undefined;
  readonly created: number;
  modified: number;
  deleted: number | undefined;
  appProperties: Readonly<Record<string, string>>;
}

/** What is told to callers as an error of the API. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly domain: string;

  constructor(status: number, reason: string, message: string, domain = 'global') {
    super(message);
    this.status = status;
    this.reason = reason;
    this.domain = domain;
  }
}

export const notFound = (id: string): ApiError => new ApiError(404, 'notFound', `File not found: ${id}.`);

const hex = (algorithm: string, content: Buffer): string => createHash(algorithm).update(content).digest('hex');

/** Of each content once: a listing tells those of all files. */
const known = new WeakMap<Buffer, Record<string, string>>();
const checksumsOf = (content: Buffer): Record<string, string> => {
  const found = known.get(content) ?? {
    md5Checksum: hex('md5', content),
    sha1Checksum: hex('sha1', content),
    sha256Checksum: hex('sha256', content),
  };
  known.set(content, found);
  return found;
};

export interface StoreOptions {
  /** What a search shows is this old. */
  lagMs?: number;
  limitBytes?: number;
}

/** What is on the drives of one account. Names are no keys: several files of one name stand side by side. */
export class DriveStore {
  readonly rootId = '0AAnnasMyDriveRootId';
  readonly sharedId = '0ASharedDriveOfFamily';
  readonly files = new Map<string, StoredFile>();
  readonly options: StoreOptions;
  readonly #ids = new Set<string>();

  constructor(options: StoreOptions) {
    this.options = options;
    for (const [id, name, driveId] of [
      [this.rootId, 'My Drive', undefined],
      [this.sharedId, 'Family', this.sharedId],
    ] as const)
      this.files.set(id, this.#blank({ id, name, mimeType: folderType, parents: [], driveId }));
  }

  newId(): string {
    const id = `1${randomBytes(24).toString('base64url')}`;
    this.#ids.add(id);
    return id;
  }

  get(id: string): StoredFile {
    const file = this.files.get(id === 'root' ? this.rootId : id);
    if (file === undefined || file.deleted !== undefined) throw notFound(id);
    return file;
  }

  /** Of what a search sees now. */
  listed(): StoredFile[] {
    const asOf = Date.now() - (this.options.lagMs ?? 0);
    return [...this.files.values()].filter(
      ({ created, deleted, parents }) =>
        created <= asOf && (deleted === undefined || deleted > asOf) && parents.length > 0,
    );
  }

  create(metadata: Metadata, content: Buffer | undefined): StoredFile {
    this.checkNew(metadata, content?.byteLength ?? 0);
    const parents = metadata.parents?.map((id) => this.get(id).id) ?? [this.rootId];
    const file = this.#blank({
      id: metadata.id ?? this.newId(),
      name: metadata.name ?? 'Untitled',
      mimeType: metadata.mimeType ?? 'application/octet-stream',
      parents,
      driveId: this.get(parents[0] ?? this.rootId).driveId,
    });
    file.content = content ?? (file.mimeType.startsWith('application/vnd.google-apps.') ? undefined : Buffer.alloc(0));
    if (metadata.modifiedTime !== undefined) file.modified = Date.parse(metadata.modifiedTime);
    file.appProperties = metadata.appProperties ?? {};
    this.files.set(file.id, file);
    return file;
  }

  /** What would make it fail, whatever its content. */
  checkNew({ id, parents = [] }: Metadata, size: number): void {
    if (parents.length > 1) throw new ApiError(403, 'multipleParentsNotSupported', 'A file has one parent.');
    for (const parent of parents) this.get(parent);
    if (id !== undefined && !this.#ids.has(id))
      throw new ApiError(400, 'invalid', 'The provided file ID is not usable.');
    if (id !== undefined && this.files.has(id))
      throw new ApiError(409, 'fileIdInUse', 'A file already exists with the provided ID.');
    this.#checkRoom(size);
  }

  update(file: StoredFile, metadata: Metadata, content?: Buffer): void {
    if (content !== undefined) this.#checkRoom(content.byteLength - (file.content?.byteLength ?? 0));
    if (metadata.name !== undefined) file.name = metadata.name;
    if (metadata.trashed !== undefined) file.trashed = metadata.trashed;
    if (content !== undefined) file.content = content;
    file.modified = metadata.modifiedTime === undefined ? Date.now() : Date.parse(metadata.modifiedTime);
  }

  /** For good, and with everything in it. */
  delete(file: StoredFile): void {
    file.deleted = Date.now();
    for (const child of this.files.values())
      if (child.deleted === undefined && child.parents.includes(file.id)) this.delete(child);
  }

  usage(): number {
    return [...this.files.values()]
      .filter(({ deleted }) => deleted === undefined)
      .reduce((sum, { content }) => sum + (content?.byteLength ?? 0), 0);
  }

  /** As the API describes it: numbers of 64 bits as texts, checksums for what has bytes alone. */
  describe(file: StoredFile): Record<string, unknown> {
    const { content } = file;
    return {
      kind: 'drive#file',
      id: file.id,
      name: file.name,
      mimeType: file.mimeType,
      parents: file.parents,
      trashed: file.trashed,
      explicitlyTrashed: file.trashed,
      createdTime: new Date(file.created).toISOString(),
      modifiedTime: new Date(file.modified).toISOString(),
      appProperties: file.appProperties,
      capabilities: { canDelete: true, canTrash: true, canAddChildren: true },
      ...(file.driveId === undefined ? {} : { driveId: file.driveId }),
      ...(content === undefined
        ? {}
        : {
            size: String(content.byteLength),
            ...checksumsOf(content),
          }),
    };
  }

  #checkRoom(more: number): void {
    const { limitBytes } = this.options;
    if (limitBytes !== undefined && this.usage() + more > limitBytes)
      throw new ApiError(
        403,
        'storageQuotaExceeded',
        "The user's Drive storage quota has been exceeded.",
        'usageLimits',
      );
  }

  #blank(parts: Pick<StoredFile, 'id' | 'name' | 'mimeType' | 'parents' | 'driveId'>): StoredFile {
    const now = Date.now();
    return {
      ...parts,
      content: undefined,
      trashed: false,
      created: now,
      modified: now,
      deleted: undefined,
      appProperties: {},
    };
  }
}

export interface Metadata {
  readonly id?: string;
  readonly name?: string;
  readonly mimeType?: string;
  readonly parents?: readonly string[];
  readonly trashed?: boolean;
  readonly modifiedTime?: string;
  readonly appProperties?: Readonly<Record<string, string>>;
}

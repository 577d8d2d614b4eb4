/** https://learn.microsoft.com/en-us/graph/api/driveitem-createuploadsession */
import { randomBytes } from 'node:crypto';
import { invalid, notFound, Refusal } from './refusal.ts';
import type { Conflict, Item, Tree } from './tree.ts';

interface Session {
  readonly parent: string;
  readonly name: string;
  readonly conflict: Conflict;
  readonly clientModified: string | undefined;
  readonly parts: Buffer[];
  received: number;
  total: number | undefined;
}

const unit = 320 * 1024;
const mostBytes = 60 * 1024 * 1024;

export interface SessionsOptions {
  readonly tree: Tree;
  /** Of a part that is not the last one, so many bytes are kept at most; a multiple of 320 KiB. */
  readonly mostKept: () => number;
}

export class UploadSessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get open(): number {
    return this.#sessions.size;
  }

  start(
    parent: Item,
    name: string,
    options: { readonly conflict: Conflict; readonly clientModified: string | undefined },
  ): string {
    this.#options.tree.check(parent, name, { conflict: options.conflict, growth: 0 });
    const id = randomBytes(24).toString('base64url');
    this.#sessions.set(id, { parent: parent.id, name, ...options, parts: [], received: 0, total: undefined });
    return id;
  }

  /** They end after some days. */
  expire(): void {
    this.#sessions.clear();
  }

  cancel(id: string): void {
    this.#find(id);
    this.#sessions.delete(id);
  }

  status(id: string): object {
    const { received, total } = this.#find(id);
    const end = total === undefined ? '' : String(total - 1);
    const expirationDateTime = new Date(Date.now() + 86_400_000).toISOString();
    return { expirationDateTime, nextExpectedRanges: [`${received}-${end}`] };
  }

  /** The item when its last part has arrived. */
  put(id: string, range: string | undefined, content: Buffer): Item | undefined {
    const session = this.#find(id);
    const [, from, to, of] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range ?? '') ?? [];
    const [start, end, total] = [Number(from), Number(to) + 1, Number(of)];
    if (from === undefined || end - start !== content.byteLength || end > total || content.byteLength === 0) {
      throw invalid('The Content-Range header is missing or malformed');
    }
    if (content.byteLength >= mostBytes)
      throw new Refusal(413, 'fragmentTooLarge', 'Fragments are smaller than 60 MiB');
    session.total ??= total;
    if (session.total !== total) throw invalid('The total length differs from that of the first fragment');
    if (start !== session.received) {
      throw new Refusal(416, 'invalidRange', 'The uploaded fragment has already been received or is out of order');
    }
    if (end < total && content.byteLength % unit !== 0) throw invalid('Fragments are multiples of 320 KiB');
    const kept = end < total ? content.subarray(0, this.#options.mostKept()) : content;
    session.parts.push(Buffer.from(kept));
    session.received += kept.byteLength;
    return session.received === total ? this.#finish(id, session) : undefined;
  }

  #finish(id: string, { clientModified, conflict, name, parent, parts }: Session): Item {
    const { tree } = this.#options;
    const item = tree.write(tree.byId(parent), name, Buffer.concat(parts), conflict);
    item.clientModified = clientModified;
    this.#sessions.delete(id);
    return item;
  }

  #find(id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw notFound();
    return session;
  }
}

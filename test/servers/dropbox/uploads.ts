/** Upload sessions: https://www.dropbox.com/developers/documentation/http/documentation#files-upload_session-start */
import { randomBytes } from 'node:crypto';
import { refuse, senseless } from './refusal.ts';
import { contentHashOf } from './store.ts';

interface Session {
  readonly parts: Buffer[];
  size: number;
  closed: boolean;
}

export interface SessionCursor {
  readonly session_id: string;
  readonly offset: number;
}

export class Uploads {
  readonly #sessions = new Map<string, Session>();

  start(content: Buffer, close: boolean): string {
    const id = `pid_upload_session:${randomBytes(24).toString('base64url')}`;
    this.#sessions.set(id, { parts: [content], size: content.byteLength, closed: close });
    return id;
  }

  /** They end after seven days. */
  expire(): void {
    this.#sessions.clear();
  }

  append(cursor: SessionCursor, content: Buffer, close: boolean): void {
    const session = this.#find(cursor, (reason) => reason);
    if (session.closed) throw refuse({ '.tag': 'closed' });
    session.parts.push(content);
    session.size += content.byteLength;
    session.closed = close;
  }

  /** The whole, and the session is over when the commit succeeded. */
  async finish<T>(cursor: SessionCursor, content: Buffer, commit: (whole: Buffer) => T): Promise<T> {
    const session = this.#find(cursor, (reason) => ({ '.tag': 'lookup_failed', lookup_failed: reason }));
    const result = commit(Buffer.concat([...session.parts, content]));
    this.#sessions.delete(cursor.session_id);
    return result;
  }

  #find({ offset, session_id }: SessionCursor, wrap: (reason: object) => object): Session {
    const session = this.#sessions.get(session_id);
    if (session === undefined) throw refuse(wrap({ '.tag': 'not_found' }));
    if (session.size === offset) return session;
    throw refuse(wrap({ '.tag': 'incorrect_offset', correct_offset: session.size }));
  }
}

/** 150 MiB, as for every request that carries content. */
export const mostBytes = 150 * 1024 * 1024;

/** The content has the hash that the caller says, if he says any. */
export const checkHash = (content: Buffer, told: string | undefined, call: string): void => {
  if (content.byteLength > mostBytes) throw senseless(call, 'request body too large');
  if (told !== undefined && told !== contentHashOf(content)) throw refuse({ '.tag': 'content_hash_mismatch' });
};

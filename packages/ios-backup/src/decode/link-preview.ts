import { ArchivedObject, unarchive } from './keyed-archive.ts';
import type { ArchivedValue } from './keyed-archive.ts';

export interface LinkPreview {
  readonly title?: string;
  readonly url?: string;
}

const deepest = 12;
const mostValues = 2000;

/**
 * Title and address out of the archived payload of a rich link or of an app's message. The shape differs between apps and versions, so the
 * names are looked for wherever they stand; CORRUPT when the payload is no archive.
 */
export const decodeLinkPreview = (payload: Uint8Array): LinkPreview => {
  const found = new Map<string, string>();
  search(unarchive(payload), found, { depth: 0, seen: { count: 0 } });
  const title = found.get('title') ?? found.get('ldtext') ?? found.get('caption') ?? found.get('summary');
  const url = found.get('originalURL') ?? found.get('URL') ?? found.get('url');
  return { ...(title === undefined ? {} : { title }), ...(url === undefined ? {} : { url }) };
};

const names = new Set(['title', 'ldtext', 'caption', 'summary', 'originalURL', 'URL', 'url']);

interface Progress {
  readonly depth: number;
  readonly seen: { count: number };
}

const search = (value: ArchivedValue, found: Map<string, string>, { depth, seen }: Progress): void => {
  if (depth > deepest || ++seen.count > mostValues) return;
  const fields =
    value instanceof ArchivedObject
      ? value.fields
      : value instanceof Map
        ? (value as ReadonlyMap<string, ArchivedValue>)
        : undefined;
  if (fields !== undefined) {
    for (const [name, inner] of fields) {
      if (names.has(name) && typeof inner === 'string' && inner !== '' && !found.has(name)) found.set(name, inner);
      search(inner, found, { depth: depth + 1, seen });
    }
  } else if (Array.isArray(value)) {
    for (const inner of value as readonly ArchivedValue[]) search(inner, found, { depth: depth + 1, seen });
  }
};

/** What a server answers to PROPFIND: https://www.rfc-editor.org/rfc/rfc4918#section-14.16 */
import { BackupError } from '@triplicate/core';
import type { QualifiedTag } from 'sax';

export interface Resource {
  /** As the server writes it: a path or a whole address, encoded. */
  readonly href: string;
  readonly isFolder: boolean;
  readonly size: number | undefined;
  readonly modified: Date | undefined;
  readonly quotaAvailable: number | undefined;
  readonly quotaUsed: number | undefined;
}

/** What is asked for. */
export const propfindBody = Buffer.from(
  '<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/></prop></propfind>',
);
export const quotaBody = Buffer.from(
  '<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><resourcetype/><quota-available-bytes/><quota-used-bytes/></prop></propfind>',
);

type Texts = Record<string, string>;

/** One `response`, as far as it was read; what a failed `propstat` holds is left out. */
interface Draft {
  href: string;
  status: string;
  readonly props: Texts;
  propstat: Texts;
}

/** UNAVAILABLE for what is not whole, or tells of a failure in one of its parts: it would pass for a shorter listing. */
export const parseMultistatus = async (bytes: Buffer): Promise<Resource[]> => {
  const { parser: create } = (await import('sax')).default;
  const parser = create(true, { xmlns: true });
  const resources: Resource[] = [];
  const path: string[] = [];
  let draft: Draft = newDraft();
  parser.onopentag = (tag) => {
    const { local, uri } = tag as QualifiedTag;
    path.push(uri === 'DAV:' ? local : '');
    if (path.length === 1 && path[0] !== 'multistatus') throw senseless('it is no listing');
    if (path.length === 2 && path[1] === 'response') draft = newDraft();
    if (path.join('/') === folderPath) draft.propstat['isFolder'] = 'yes';
  };
  parser.ontext = (text) => take(draft, path, text);
  parser.oncdata = (text) => take(draft, path, text);
  parser.onclosetag = () => {
    const closed = path.join('/');
    if (closed === 'multistatus/response/propstat') endPropstat(draft);
    if (closed === 'multistatus/response') resources.push(finish(draft));
    path.pop();
  };
  parser.onerror = (error) => {
    throw senseless('it is not whole', error);
  };
  parser.write(bytes.toString('utf8')).close();
  if (path.length > 0 || resources.length === 0) throw senseless('it is not whole');
  return resources;
};

const folderPath = 'multistatus/response/propstat/prop/resourcetype/collection';
const newDraft = (): Draft => ({ href: '', status: '', props: {}, propstat: {} });

const take = (draft: Draft, path: readonly string[], text: string): void => {
  const [, , third, fourth, fifth] = path;
  if (third === 'href' && path.length === 3) draft.href += text;
  else if (third === 'status' && path.length === 3) draft.status += text;
  else if (third !== 'propstat') return;
  else if (fourth === 'status' && path.length === 4) add(draft.propstat, 'status', text);
  else if (fourth === 'prop' && fifth !== undefined && path.length === 5) add(draft.propstat, fifth, text);
};

const add = (texts: Texts, name: string, text: string): void => {
  texts[name] = (texts[name] ?? '') + text;
};

const endPropstat = (draft: Draft): void => {
  if (isOk(draft.propstat['status'] ?? '')) Object.assign(draft.props, draft.propstat);
  draft.propstat = {};
};

const isOk = (status: string): boolean => /^HTTP\/\S+ 2\d\d\b/.test(status.trim());

const finish = ({ href, props, status }: Draft): Resource => {
  if (status !== '' && !isOk(status)) throw senseless(`a part of it failed (${status.trim().slice(0, 60)})`);
  if (href.trim() === '') throw senseless('an entry has no name');
  const modified = new Date(props['getlastmodified'] ?? Number.NaN);
  return {
    href: href.trim(),
    isFolder: props['isFolder'] !== undefined,
    size: numberOf(props['getcontentlength']),
    modified: Number.isNaN(modified.getTime()) ? undefined : modified,
    quotaAvailable: numberOf(props['quota-available-bytes']),
    quotaUsed: numberOf(props['quota-used-bytes']),
  };
};

/** Servers write negative numbers for what they do not know. */
const numberOf = (text: string | undefined): number | undefined => {
  const trimmed = text?.trim() ?? '';
  return /^\d{1,15}$/.test(trimmed) ? Number(trimmed) : undefined;
};

const senseless = (what: string, cause?: unknown): BackupError =>
  new BackupError('UNAVAILABLE', `the server gives a listing that cannot be relied on: ${what}`, { cause });

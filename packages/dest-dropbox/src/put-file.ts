import type { files } from 'dropbox';
import {
  BackupError,
  type Body,
  exactBuffer,
  exactParts,
  isBackupError,
  notKept,
  type ObjectInfo,
} from '@triplicate/core';
import { ContentHash, contentHash } from './content-hash.ts';
import { asRefusal } from './errors.ts';
import type { Place } from './place.ts';

export interface WriteOptions {
  readonly onlyIfAbsent: boolean;
  readonly signal: AbortSignal;
}

/** Writes a file, at once or in parts; Dropbox compares the hash of each part, and is asked for that of the whole. Nothing is seen of it before the end. */
export const putFile = async (place: Place, key: string, body: Body, options: WriteOptions): Promise<ObjectInfo> => {
  const commit = commitOf(place, key, options);
  const atOnce = body.size <= place.partSize;
  const { hash, metadata } = await (atOnce ? upload : uploadParts)(place, body, { commit, signal: options.signal });
  if (metadata.size !== body.size || metadata.content_hash !== hash) {
    throw notKept('the content was damaged on its way', { status: 200 });
  }
  return { key, size: body.size, modified: new Date(metadata.server_modified) };
};

/**
 * Without `strict_conflict` a file of the same content counts as no conflict, and two writers would both believe to be the one who made it
 * (https://www.dropbox.com/developers/documentation/http/documentation#files-upload). Nobody wants a notice of each.
 */
const commitOf = ({ names }: Place, key: string, { onlyIfAbsent }: WriteOptions): files.CommitInfo => ({
  path: names.path(key),
  mode: { '.tag': onlyIfAbsent ? 'add' : 'overwrite' },
  autorename: false,
  strict_conflict: onlyIfAbsent,
  mute: true,
});

interface Upload {
  readonly commit: files.CommitInfo;
  readonly signal: AbortSignal;
}

interface Uploaded {
  readonly metadata: files.FileMetadata;
  readonly hash: string;
}

const upload = async ({ client }: Place, body: Body, { commit, signal }: Upload): Promise<Uploaded> => {
  const contents = await exactBuffer(body, signal);
  const hash = contentHash(contents);
  const argument = { ...commit, content_hash: hash, contents };
  return { hash, metadata: await client.call((api, options) => api.filesUpload(argument, options), signal) };
};

/** Sessions that are never finished are seen by nobody, and end after a week. One that is gone is no reason to give up. */
const uploadParts = async (place: Place, body: Body, options: Upload): Promise<Uploaded> => {
  try {
    return await uploadInSession(place, body, options);
  } catch (error) {
    const refused = asRefusal(error);
    if (!isBackupError(refused, 'NOT_FOUND')) throw error;
    throw new BackupError('UNAVAILABLE', 'the upload has to begin anew', { context: refused.context });
  }
};

const uploadInSession = async (
  { client, partSize }: Place,
  body: Body,
  { commit, signal }: Upload,
): Promise<Uploaded> => {
  const whole = new ContentHash();
  const { session_id } = await client.call((api, options) => api.filesUploadSessionStart({}, options), signal);
  let offset = 0;
  for await (const contents of exactParts(body, partSize, signal)) {
    const part = { contents, content_hash: contentHash(contents), cursor: { session_id, offset } };
    await client.call((api, options) => api.filesUploadSessionAppendV2(part, options), signal);
    whole.update(contents);
    offset += contents.byteLength;
  }
  const end = { commit, contents: Buffer.alloc(0), cursor: { session_id, offset } };
  const metadata = await client.call((api, options) => api.filesUploadSessionFinish(end, options), signal);
  return { hash: whole.digest(), metadata };
};

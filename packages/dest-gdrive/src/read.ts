import { answerContent, BackupError, type GetOptions } from '@triplicate/core';
import type { DriveFile } from './drive-file.ts';
import type { Drive } from './drive.ts';

/** The content of a file, or exactly a range of it. */
export async function* readFile(drive: Drive, file: DriveFile, options: GetOptions): AsyncIterable<Uint8Array> {
  const { range } = options;
  const end = (range?.offset ?? 0) + (range?.length ?? 0);
  if (end > (file.size ?? 0)) throw new BackupError('INVALID_RANGE', `it has no ${range?.length} bytes from there on`);
  if (range?.length === 0) return;
  const { data: content, headers, status } = await drive.read(file.id, options);
  // Nobody may be reading any more when the connection breaks.
  content.on('error', () => undefined);
  yield* answerContent({ status, headers: Object.fromEntries(headers), content }, options);
}

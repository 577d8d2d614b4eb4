import type { Body } from '../body.ts';
import { BackupError } from '../errors.ts';
import { abortableItems } from './abortable.ts';

/**
 * The bytes of `body` for an adapter to send: throws CORRUPT when there are more or fewer than its size says (the surplus is never
 * yielded), and ABORTED as soon as the signal fires.
 */
export async function* exactBytes(body: Body, signal: AbortSignal): AsyncIterable<Uint8Array> {
  let sent = 0;
  for await (const part of abortableItems(body.open(), signal)) {
    sent += part.byteLength;
    if (sent > body.size) break;
    if (part.byteLength > 0) yield part;
  }
  if (sent !== body.size) {
    const said = sent > body.size ? 'more' : `only ${sent}`;
    throw new BackupError('CORRUPT', `the content was announced with ${body.size} bytes and has ${said}`);
  }
}

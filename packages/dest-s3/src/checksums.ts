import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { BackupError, notKept } from '@triplicate/core';
import { serviceCode, statusOf } from './errors.ts';

export const md5Of = (content: Uint8Array): Buffer => hash('md5', content, 'buffer');

export const crc32Of = (content: Uint8Array): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(content));
  return bytes.toString('base64');
};

/** The checksum that goes with a content; the service compares. */
export interface Announced {
  readonly ContentMD5?: string;
  readonly ChecksumCRC32?: string;
}

/** What the service tells of what it stored. */
export interface Told {
  readonly ETag?: string | undefined;
  readonly ChecksumCRC32?: string | undefined;
}

/** Words with which older services refuse a checksum that they do not know. */
const refusals: ReadonlySet<string> = new Set([
  'InvalidRequest',
  'InvalidArgument',
  'NotImplemented',
  'MissingContentLength',
  'UnknownError',
]);

/**
 * The one checksum that is worth its time here: CRC-32 as long as the service shows that it compares it, else MD5, which every service
 * knows and which costs twenty times as much. What a service cannot do is found out by the first write and remembered.
 */
export class Checksums {
  #crc: boolean;

  constructor(choice: 'auto' | 'when_required') {
    this.#crc = choice === 'auto';
  }

  announce(content: Uint8Array): Announced {
    return this.#crc ? { ChecksumCRC32: crc32Of(content) } : { ContentMD5: md5Of(content).toString('base64') };
  }

  /** Whether the same write may pass with the other checksum. */
  mayFallBack(error: unknown): boolean {
    if (!this.#crc) return false;
    const status = statusOf(error);
    const refused = status === 411 || status === 501 || (status === 400 && refusals.has(serviceCode(error) ?? ''));
    if (refused) this.#crc = false;
    return refused;
  }

  /** Whether what the service told proves that it has the content. Throws UNAVAILABLE when it proves the contrary. */
  proves(content: Uint8Array, announced: Announced, told: Told): boolean {
    const { ChecksumCRC32: crc, ContentMD5: md5 } = announced;
    if (crc !== undefined && told.ChecksumCRC32 !== undefined) {
      if (told.ChecksumCRC32 !== crc) throw damaged();
      return true;
    }
    this.#crc = false;
    // Elsewhere, e.g. where the service encrypts, the tag is something else of the same shape: then it proves nothing.
    const own = md5 === undefined ? md5Of(content) : Buffer.from(md5, 'base64');
    return told.ETag?.replaceAll('"', '') === own.toString('hex');
  }
}

export const damaged = (): BackupError => notKept('the content was damaged on its way');

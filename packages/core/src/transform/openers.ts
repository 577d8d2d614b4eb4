import { openFastCdc } from './fastcdc.ts';
import { openRabin } from './rabin.ts';
import type { Chunker, Codec } from './transform.ts';
import { createZstd } from './zstd.ts';

// What a thread needs of the first-party transforms. Their schemas, and the library that those are made with, stay with the main thread.

export type ChunkerOptions = { readonly chunker: 'rabin' } | { readonly chunker: 'fastcdc'; readonly average: number };

export interface OpenerContext {
  readonly key: Uint8Array;
  readonly polynomial: string;
}

export const openDedupe = (options: ChunkerOptions, { key, polynomial }: OpenerContext): Chunker =>
  options.chunker === 'rabin' ? openRabin(polynomial) : openFastCdc(options.average, key);

export const openCompress = ({ level }: { readonly level: number }): Codec => createZstd(level);

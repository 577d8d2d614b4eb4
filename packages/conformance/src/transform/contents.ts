import { seededBytes } from '@triplicate/core/testing';

/** Contents of one size that are hard in different ways. */
export const contents = (random: () => number, size: number): { readonly what: string; readonly content: Buffer }[] => [
  { what: 'noise', content: seededBytes(random, size) },
  { what: 'zeros', content: Buffer.alloc(size) },
  { what: 'ones', content: Buffer.alloc(size, 0xff) },
  {
    what: 'a short pattern',
    content: Buffer.alloc(size, 'a pattern of 64 bytes that comes again and again and again, yes. '),
  },
];

export const onSharedMemory = (bytes: Uint8Array): Uint8Array => {
  const view = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  view.set(bytes);
  return view;
};

export const unaligned = (bytes: Uint8Array): Uint8Array => {
  const view = new Uint8Array(bytes.byteLength + 9).subarray(3, 3 + bytes.byteLength);
  view.set(bytes);
  return view;
};

export const copied = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);

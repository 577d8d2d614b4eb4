/** As https://learn.microsoft.com/en-us/onedrive/developer/code-snippets/quickxorhash says it, byte by byte into a ring of 160 bits. */
export const quickXorOf = (content: Uint8Array): string => {
  const ring = Buffer.alloc(20);
  let bit = 0;
  for (const byte of content) {
    const at = bit >> 3;
    const off = bit & 7;
    ring[at] = (ring[at] as number) ^ ((byte << off) & 0xff);
    if (off > 0) ring[(at + 1) % 20] = (ring[(at + 1) % 20] as number) ^ (byte >> (8 - off));
    bit = (bit + 11) % 160;
  }
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(content.byteLength));
  for (let i = 0; i < 8; i += 1) ring[12 + i] = (ring[12 + i] as number) ^ (length[i] as number);
  return ring.toString('base64');
};

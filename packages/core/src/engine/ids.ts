/** A blob's id as the blob table compares it: its 32 bytes as eight words of the machine. */
export const idWordsFromHex = (hex: string): Uint32Array => {
  const bytes = Buffer.from(hex, 'hex');
  const words = new Uint32Array(8);
  new Uint8Array(words.buffer).set(bytes);
  return words;
};

export const idWordsFromBytes = (bytes: Uint8Array): Uint32Array => {
  const words = new Uint32Array(8);
  new Uint8Array(words.buffer).set(bytes);
  return words;
};

/** A blob's id as the blob table compares it: its 32 bytes as eight words of the machine. */
export const idWordsFromHex = (hex: string): Uint32Array => {
  const bytes = Buffer.from(hex, 'hex');
  const words = new Uint32Array(8);
  new Uint8Array(words.buffer).set(bytes);
  return words;
};

/** The same, for a look that is over when the next one is asked for: into memory that all of them share. */
export const passingIdWords = (hex: string): Uint32Array => {
  passingBytes.write(hex, 'hex');
  return passingWords;
};
const passingWords = new Uint32Array(8);
const passingBytes = Buffer.from(passingWords.buffer);

export const idWordsFromBytes = (bytes: Uint8Array): Uint32Array => {
  const words = new Uint32Array(8);
  new Uint8Array(words.buffer).set(bytes);
  return words;
};

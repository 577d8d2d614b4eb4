/** https://learn.microsoft.com/en-us/onedrive/developer/code-snippets/quickxorhash */
const width = 160;
const shift = 11;

/**
 * The one hash that OneDrive keeps of every file: byte `i` is turned by 11 · i bits in 160 and all are joined by XOR, with the length at last.
 * So 160 bytes on, a byte falls on the same place, and only one row of 160 has to be kept.
 */
export class QuickXorHash {
  readonly #row = new Uint8Array(width);
  #length = 0;

  update(piece: Uint8Array): this {
    const row = this.#row;
    let at = this.#length % width;
    for (let i = 0; i < piece.byteLength; i += 1) {
      row[at] = (row[at] ?? 0) ^ (piece[i] ?? 0);
      at = at === width - 1 ? 0 : at + 1;
    }
    this.#length += piece.byteLength;
    return this;
  }

  /** In Base64, as OneDrive writes it. */
  digest(): string {
    const result = Buffer.alloc(width / 8);
    this.#row.forEach((byte, i) => {
      const bit = (i * shift) % width;
      const turned = byte << (bit % 8);
      const at = Math.floor(bit / 8);
      const next = (at + 1) % result.byteLength;
      result[at] = (result[at] ?? 0) ^ (turned & 0xff);
      result[next] = (result[next] ?? 0) ^ (turned >> 8);
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(this.#length));
    const start = result.byteLength - length.byteLength;
    length.forEach((byte, i) => (result[start + i] = (result[start + i] ?? 0) ^ byte));
    return result.toString('base64');
  }
}

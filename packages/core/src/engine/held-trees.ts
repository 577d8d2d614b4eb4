import type { BlobOpener } from './blob-opener.ts';
import type { BlobTable } from './blob-table.ts';
import { passingIdWords } from './ids.ts';

/** What somebody has read of a pack, sealed as it stands there from `start` on. Whoever has it reads it only. */
export interface PackPiece {
  /** Its number in the table. */
  readonly pack: number;
  readonly start: number;
  readonly memory: SharedArrayBuffer;
}

/** As much as the thread that reads them keeps. */
const mostBytes = 24 * 1024 * 1024;

/** Trees out of pieces of packs that another thread has read; the oldest pieces go first. */
export class HeldTrees {
  readonly #table: Pick<BlobTable, 'places'>;
  readonly #opener: Pick<BlobOpener, 'open'>;
  #pieces: PackPiece[] = [];
  #bytes = 0;

  constructor(table: Pick<BlobTable, 'places'>, opener: Pick<BlobOpener, 'open'>) {
    this.#table = table;
    this.#opener = opener;
  }

  add(pieces: readonly PackPiece[]): void {
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#bytes += piece.memory.byteLength;
    }
    while (this.#bytes > mostBytes && this.#pieces.length > 1)
      this.#bytes -= this.#pieces.shift()?.memory.byteLength ?? 0;
  }

  /** The JSON of a tree, authentic and with its hash proven, good until the next one; `undefined` where it is not held whole. */
  json(tree: string): Uint8Array | undefined {
    if (this.#pieces.length === 0) return undefined;
    for (const { pack, offset, length, compressed } of this.#table.places(passingIdWords(tree), true)) {
      const piece = this.#pieces.find(
        ({ pack: of, start, memory }) => of === pack && start <= offset && offset + length <= start + memory.byteLength,
      );
      if (piece === undefined) continue;
      try {
        return this.#opener.open(new Uint8Array(piece.memory, offset - piece.start, length), { id: tree, compressed });
      } catch {
        // Damaged: who asked for the folder above finds another copy, and tells.
      }
    }
    return undefined;
  }
}

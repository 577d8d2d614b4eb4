/** Files that lost what they held: cut to nothing, or overwritten with what takes next to no room. */
import type { BlobTable } from '../engine/blob-table.ts';
import { passingIdWords } from '../engine/ids.ts';
import type { Node } from '../repository/node.ts';

/** A blob that holds one byte again and again takes so many bytes as it is stored, and a file of many of them so much of its size. */
const lightBytes = 64;
const lightShare = 0.03;

export class Emptied {
  readonly #table: BlobTable;
  /** Those of which hardly anything new was stored. */
  readonly #light = new WeakSet<Node>();

  constructor(table: BlobTable) {
    this.#table = table;
  }

  /** `stored`: what came to the repository for the content of that file, in bytes. */
  note(node: Node, stored: number): Node {
    if (stored <= Math.max(lightBytes, (node.size ?? 0) * lightShare)) this.#light.add(node);
    return node;
  }

  /** Only such a file can have lost what it held. */
  isLight(node: Node): boolean {
    return this.#light.has(node);
  }

  /**
   * Whether nothing of what a file held before is left in it, and what came instead takes less than half of the room. `beside`: the other
   * files of its folder before, of which it may have become one, as logs do that are rotated.
   */
  has(node: Node, before: Node, beside: readonly Node[]): boolean {
    const { content = [] } = node;
    const [old] = before.content ?? [];
    if (old === undefined || !this.#light.has(node)) return false;
    const lost = new Set(before.content);
    if (content.some((id) => lost.has(id))) return false;
    if (content.length > 0 && beside.some((other) => other.content?.[0] === content[0])) return false;
    return content.length === 0 || this.#room(lost) > 2 * this.#room(new Set(content));
  }

  #room(ids: Iterable<string>): number {
    let room = 0;
    for (const id of ids) room += this.#table.places(passingIdWords(id), false)[0]?.length ?? 0;
    return room;
  }
}

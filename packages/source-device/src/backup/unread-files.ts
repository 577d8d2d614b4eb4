import {
  bodyOf,
  bytesFromText,
  type BytePath,
  type CallOptions,
  collect,
  type SnapshotReader,
  textFromBytes,
} from '@triplicate/core';
import type { BackupTree } from './backup-tree.ts';
import { treeRoot } from './device-path.ts';

/** In the folder of a backup with files that the phone could not read: which, and whether it was asked for them again. No phone makes a file of that name. */
const unreadName = bytesFromText('Unread.json');
const placeOf = (udid: string): BytePath => `${treeRoot(udid)}/${unreadName}` as BytePath;

interface Kept {
  /** Relative to the folder of the backup. */
  readonly files: readonly string[];
  readonly askedAgain: boolean;
}

/**
 * The files of a backup that are not whole because the phone could not read them. Its manifest may list them all the same: it would not send
 * them again, and a phone would refuse the backup. So the phone is shown no backup the next time and sends everything, once for each file:
 * there are some that no phone can ever read.
 */
export class UnreadFiles {
  readonly #tree: BackupTree;
  readonly #root: BytePath;
  readonly #place: BytePath;
  readonly #kept: Kept | undefined;
  readonly #whole = new Set<string>();
  readonly #failed = new Set<string>();

  private constructor(tree: BackupTree, udid: string, kept: Kept | undefined) {
    this.#tree = tree;
    this.#root = treeRoot(udid);
    this.#place = placeOf(udid);
    this.#kept = kept;
  }

  static async open(tree: BackupTree, udid: string, options: CallOptions): Promise<UnreadFiles> {
    const place = placeOf(udid);
    const isThere = (await tree.node(place))?.type === 'file';
    return new UnreadFiles(tree, udid, isThere ? readKept(await collect(tree.read(place, options))) : undefined);
  }

  /** How many the phone has to be asked for again, with everything else; 0 when it was. */
  get missing(): number {
    return this.#kept?.askedAgain === false ? this.#kept.files.length : 0;
  }

  /** Has the phone send everything, where files are missing. */
  async prepare(): Promise<void> {
    if (this.missing > 0) await this.#tree.remove(this.#root);
  }

  /** A file arrived, at `path` of the tree. */
  note(path: BytePath, whole: boolean): void {
    // Nearly every file of nearly every backup.
    if (whole && this.#kept === undefined && this.#failed.size === 0) return;
    const file = textFromBytes(path.slice(this.#root.length + 1) as BytePath).replace(/^Snapshot\//, '');
    (whole ? this.#whole : this.#failed).add(file);
    (whole ? this.#failed : this.#whole).delete(file);
  }

  /** Writes down which are not whole now. */
  async settle(options: CallOptions): Promise<void> {
    const known = this.missing > 0 ? [] : (this.#kept?.files ?? []);
    const files = new Set(this.#failed);
    for (const file of known) if (!this.#whole.has(file) && (await this.#isThere(file))) files.add(file);
    if (files.size === 0) return this.#kept && (await this.#tree.remove(this.#place));
    const before = new Set(this.#kept?.files);
    const askedAgain = this.#kept !== undefined && [...this.#failed].every((file) => before.has(file));
    const kept: Kept = { files: [...files].toSorted(), askedAgain };
    await this.#tree.put(this.#place, bodyOf(Buffer.from(JSON.stringify(kept))).open(), options);
  }

  async #isThere(file: string): Promise<boolean> {
    return (await this.#tree.node(`${this.#root}/${bytesFromText(file)}` as BytePath)) !== undefined;
  }
}

/** How many files of the backup in a snapshot the phone could not read. */
export const countUnread = async (snapshot: SnapshotReader, udid: string, options: CallOptions): Promise<number> => {
  const node = await snapshot.node(placeOf(udid));
  return node?.type === 'file' ? readKept(await collect(snapshot.read(node, options))).files.length : 0;
};

/** A list that cannot be read, which only a hostile phone puts there, names nothing. */
const readKept = (bytes: Buffer): Kept => {
  try {
    const { files, askedAgain } = JSON.parse(bytes.toString('utf8')) as Partial<Kept>;
    return { files: Array.isArray(files) ? files.map(String) : [], askedAgain: askedAgain === true };
  } catch {
    return { files: [], askedAgain: true };
  }
};

import { type BytePath, joinBytes } from '../bytes.ts';
import { entriesAtOnce, mostListBytes } from '../engine/deep-look.ts';
import type { FolderToLookAt, ListPart, LookedChild, LookedFolder, LookOrders } from '../engine/messages.ts';
import type { NumberedRules } from '../engine/looking.ts';
import type { SealingPool } from '../engine/sealing-pool.ts';
import { decodeNodeAt } from '../repository/tree.ts';
import type { ComparedChild, ComparedFolder, FolderLooker, OtherEntry } from '../source/source.ts';
import type { BlobReader } from './blob-reader.ts';
import { throwInterruption } from './comparable-snapshot.ts';
import { onceATurn } from './once-a-turn.ts';

export interface FolderLooksParts {
  readonly rules: LookOrders;
  readonly blobs: BlobReader;
  readonly pool: SealingPool;
  readonly threads: number;
  /** In the previous snapshot. */
  readonly files: number;
}

/** `to`: as `LookedChild` has it. */
export type KeptChild = ComparedChild & Pick<LookedChild, 'to'>;

/** A folder that was looked at, for who seals it. */
export interface KeptFolder extends ComparedFolder {
  readonly folders: readonly KeptChild[];
  /** Of its list, as `LookedFolder` has them; absent when all is the same. */
  readonly parts?: readonly ListPart[];
  /** As `LookedFolder` has it. */
  readonly isWritten?: true;
  /** The JSON of `tree`, of a folder that has `parts` or is `isWritten`, and is not large. */
  readonly json?: Uint8Array;
}

interface Waiting {
  readonly folder: FolderToLookAt;
  readonly settle: (looked: LookedFolder | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/** Of trees, for an entry. */
const bytesOfEntry = 450;
/** A message to a thread is taken for such a part of all that is looked at, so that a second thread is started for many files only. */
const messagesInAll = 64;

/** One message carries so many folders or bytes of trees at most. */
const foldersInBatch = 16;
const bytesInBatch = 1024 * 1024;

let rulesets = 0;

/** Gathers folders that threads look at: what is asked for at about the same time goes in one message for each thread. */
export class FolderLooks {
  readonly #parts: FolderLooksParts;
  readonly #rules: NumberedRules;
  readonly #kept = new WeakMap<ComparedFolder, KeptFolder>();
  /** What threads have found of folders in others that were asked for. */
  readonly #ahead = new Map<BytePath, { readonly tree: string; readonly looked: LookedFolder | undefined }>();
  #waiting: Waiting[] = [];
  readonly #sendLater = onceATurn(() => this.#send());

  constructor(parts: FolderLooksParts) {
    this.#parts = parts;
    this.#rules = { rules: parts.rules, ruleset: ++rulesets };
  }

  async look(folder: Parameters<FolderLooker['look']>[0]): Promise<ComparedFolder | undefined> {
    const { path, tree } = folder;
    const ahead = this.#ahead.get(path);
    this.#ahead.delete(path);
    if (ahead?.tree === tree) {
      const { looked } = ahead;
      return looked && this.#compared(folder, looked, looked.json ?? (looked.parts && (await this.#json(tree))));
    }
    const json = await this.#json(tree);
    const looked = json && (await this.#ask({ ...folder, tree: json }));
    return looked && this.#compared(folder, looked, json);
  }

  /** `json` of its tree: nothing can be told without it where something has changed. */
  #compared(
    { path, tree }: Pick<Parameters<FolderLooker['look']>[0], 'path' | 'tree'>,
    { files, bytes, folders: children, parts, isWritten }: LookedFolder,
    json: Uint8Array | undefined,
  ): ComparedFolder | undefined {
    if (parts && json === undefined) return undefined;
    const isNeeded = parts !== undefined || isWritten === true;
    const held = isNeeded && json && json.byteLength <= mostListBytes ? { json } : undefined;
    const others = parts && json ? othersOf(parts, json) : [];
    const folders = children.map((child) => this.#child(path, child));
    const also = { ...(parts && { parts }), ...(isWritten && { isWritten }), ...held };
    const kept: KeptFolder = { tree, files, bytes, folders, others, ...also };
    this.#kept.set(kept, kept);
    return kept;
  }

  #ask(folder: FolderToLookAt): Promise<LookedFolder | undefined> {
    return new Promise((settle, fail) => {
      this.#waiting.push({ folder, settle, fail });
      this.#sendLater();
    });
  }

  /** What was found inside is kept until it is asked for. */
  #child(path: BytePath, { name, tree, to, inside }: LookedChild): KeptChild {
    if (inside === undefined) return { name, tree, to };
    if ('same' in inside) return { name, tree, to, within: inside.same };
    this.#ahead.set(joinBytes(path, name), { tree, looked: inside.looked });
    return { name, tree, to };
  }

  /** What a folder is that was looked at here. */
  kept(compared: ComparedFolder): KeptFolder {
    const kept = this.#kept.get(compared);
    if (kept === undefined) throw new TypeError('a folder is kept that was not looked at');
    return kept;
  }

  /** Damaged or out of reach, it says nothing: the source looks for itself. */
  async #json(tree: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#parts.blobs.read(tree, 'tree');
    } catch (error) {
      throwInterruption(error);
      return undefined;
    }
  }

  #send(): void {
    const { blobs, files, pool, threads } = this.#parts;
    const most = Math.min(foldersInBatch, Math.ceil(this.#waiting.length / threads));
    const within = Math.min(entriesAtOnce, files / messagesInAll) * bytesOfEntry;
    while (this.#waiting.length > 0) {
      const batch = this.#take(most);
      const folders = batch.map(({ folder }) => folder);
      pool.look({ rules: this.#rules, folders, within, pieces: blobs.pieces }).then(
        (looks) => batch.forEach(({ settle }, i) => settle(looks[i])),
        (error: unknown) => batch.forEach(({ fail }) => fail(error)),
      );
    }
  }

  #take(most: number): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { folder } of this.#waiting) {
      if (count > 0 && (count >= most || bytes + folder.tree.byteLength > bytesInBatch)) break;
      bytes += folder.tree.byteLength;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}

const othersOf = (parts: readonly ListPart[], json: Uint8Array): readonly OtherEntry[] =>
  parts.flatMap(({ name, tree, from, to }) =>
    name === undefined || tree !== undefined
      ? []
      : [{ name, before: from === to ? undefined : decodeNodeAt(json, from, to) }],
  );

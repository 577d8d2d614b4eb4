import { BackupError, findSnapshot, refuseUnknownSources, printable, type ListedSnapshot } from '@triplicate/core';
import { findText, textKinds, type TextHit } from '@triplicate/ios-backup';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Line } from '../json/types.ts';
import { formatCount, formatTimestamp, shortId } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import type { CommandContext } from '../program/command.ts';
import { localTime } from '../render/phone.ts';
import type { InsideFlags } from './inside-flags.ts';
import { openInside, type Inside } from './open-inside.ts';

export interface LogicalFind {
  readonly words: readonly string[];
  readonly flags: InsideFlags & { readonly snapshot?: readonly string[]; readonly source?: string };
}

/** One message, note or contact over all the snapshots that have it. */
interface Found {
  readonly hit: TextHit;
  readonly phone: string;
  readonly last: ListedSnapshot;
  first: ListedSnapshot;
  /** The next snapshot of the same phone after the last one that has it, of those that were looked through. */
  readonly gone: ListedSnapshot | undefined;
  /** Those between the first and the last that were looked through and lack it, the youngest first. */
  missing: readonly ListedSnapshot[];
  /** A younger snapshot that could not be looked through, where none that could lacks it: it may be there and may not. */
  readonly unknown: ListedSnapshot | undefined;
}

/** So that a letter of the alphabet ends as an answer, and not in a full memory. */
const mostFound = 100_000;

/**
 * Looks through messages, notes and contacts of every phone in every snapshot, the newest first, and says when each was last there. A part
 * that cannot be read is said and the others are looked through: exit 3.
 */
export const findLogical = async (context: CommandContext, { words, flags }: LogicalFind): Promise<ExitCode> => {
  const { output } = context;
  await using inside = await openInside(context, { flags });
  const { snapshots } = inside.session;
  if (flags.source !== undefined) refuseUnknownSources(inside.session, [flags.source]);
  const named = flags.snapshot?.map((wanted) => findSnapshot(snapshots, wanted));
  const chosen = (named ?? snapshots).filter(({ source }) => flags.source === undefined || source === flags.source);
  if (chosen.length === 0)
    throw new BackupError('NOT_FOUND', 'there is no such snapshot', { hint: '`triplicate snapshots` lists them' });
  const search = new Search(context, inside, words.join(' '));
  await inside.bars.during(async () => {
    const newestFirst = chosen.toSorted((a, b) => (a.timeNs < b.timeNs ? 1 : -1));
    for (const [done, snapshot] of newestFirst.entries()) {
      const progress = { done, total: chosen.length, unit: 'snapshots' } as const;
      inside.bars.emit({ type: 'work-progress', work: 'find', progress });
      await search.look(snapshot);
    }
  });
  for (const found of search.found.values()) {
    await output.line(hitLine(found));
    await output.result(formatHit(found, output.style));
  }
  if (search.phones === 0) throw search.refused ?? new BackupError('NOT_FOUND', 'no snapshot has an iPhone in it');
  if (search.found.size === 0) output.say(`nothing matches in ${formatCount(search.phones, 'snapshot')}`);
  if (search.found.size >= mostFound) output.note(`more than ${mostFound} places match; look for longer words`);
  return search.refused !== undefined || search.failures > 0 ? exitCodes.partial : exitCodes.ok;
};

class Search {
  readonly found = new Map<string, Found>();
  /** Snapshots that were looked through. */
  phones = 0;
  /** The last snapshot that could not be looked through, and why. */
  refused: BackupError | undefined;
  readonly #context: CommandContext;
  readonly #inside: Inside;
  readonly #words: string;
  /** Parts of snapshots that could not be looked through. */
  failures = 0;
  /** By phone and kind: the snapshots that were looked through, the youngest first. */
  readonly #younger = new Map<string, ListedSnapshot[]>();
  /** By phone and kind, or by source where the phone did not open: the youngest snapshot that was not looked through. */
  readonly #passed = new Map<string, ListedSnapshot>();
  /** By phone and kind: which databases were looked through last, and what was found. */
  readonly #looked = new Map<string, { readonly fingerprint: string; readonly found: Found[] }>();

  constructor(context: CommandContext, inside: Inside, words: string) {
    this.#context = context;
    this.#inside = inside;
    this.#words = words;
  }

  async look(snapshot: ListedSnapshot): Promise<void> {
    const { signal } = this.#context;
    try {
      const backup = await this.#inside.phone(snapshot);
      if (backup === undefined) return;
      await using phone = backup;
      this.phones += 1;
      const name = phone.info.udid ?? snapshot.source ?? '';
      const failed = new Set<TextHit['kind']>();
      const options = {
        signal,
        gap: (what: string) => this.#tell(snapshot, what),
        failed: (kind: TextHit['kind'], why: string) => {
          failed.add(kind);
          this.#fail(`${name} ${kind}`, snapshot, why);
        },
        unchanged: (kind: TextHit['kind'], fingerprint: string) =>
          this.#isAsBefore(`${name} ${kind}`, fingerprint, snapshot),
      };
      for await (const hit of findText(phone, this.#words, options)) this.#note(hit, name, snapshot);
      for (const kind of textKinds) if (!failed.has(kind)) this.#youngerOf(`${name} ${kind}`).push(snapshot);
    } catch (error) {
      this.#pass(error, snapshot);
    }
  }

  /** Databases that are the same as in the snapshot before give the same: what was found there is here too. */
  #isAsBefore(kind: string, fingerprint: string, snapshot: ListedSnapshot): boolean {
    const before = this.#looked.get(kind);
    if (before?.fingerprint !== fingerprint) {
      this.#looked.set(kind, { fingerprint, found: [] });
      return false;
    }
    for (const found of before.found) found.first = snapshot;
    return true;
  }

  #note(hit: TextHit, phone: string, snapshot: ListedSnapshot): void {
    const key = [phone, hit.kind, hit.id].join('\0');
    const known = this.found.get(key);
    if (known === undefined && this.found.size >= mostFound) return;
    const place = `${phone} ${hit.kind}`;
    const younger = this.#youngerOf(place);
    const gone = younger.at(-1);
    const passed = this.#passed.get(place) ?? this.#passed.get(snapshot.source ?? '');
    const unknown = gone === undefined ? passed : undefined;
    const found = known ?? { hit, phone, last: snapshot, first: snapshot, gone, unknown, missing: [] };
    // Seen last in an older one than the next: those between them lack it.
    if (found.first !== snapshot)
      found.missing = [...found.missing, ...younger.slice(younger.indexOf(found.first) + 1)];
    found.first = snapshot;
    this.found.set(key, found);
    this.#looked.get(place)?.found.push(found);
  }

  #youngerOf(place: string): ListedSnapshot[] {
    const known = this.#younger.get(place) ?? [];
    this.#younger.set(place, known);
    return known;
  }

  /** What was not looked through is neither there nor gone, and is tried anew in the next snapshot that has the same. */
  #fail(place: string, snapshot: ListedSnapshot, why: string): void {
    this.failures += 1;
    this.#looked.delete(place);
    if (!this.#passed.has(place)) this.#passed.set(place, snapshot);
    void this.#context.output.line({ type: 'gap', snapshot: snapshot.id, message: why });
    this.#context.output.note(`snapshot ${shortId(snapshot.id)} was not looked through as a whole: ${printable(why)}`);
  }

  #tell(snapshot: ListedSnapshot, message: string): void {
    void this.#context.output.line({ type: 'gap', snapshot: snapshot.id, message });
    this.#context.output.detail(`snapshot ${shortId(snapshot.id)}: ${printable(message)}`);
  }

  /** One snapshot that does not open keeps nobody from the others; a wrong password or Ctrl-C does. */
  #pass(error: unknown, snapshot: ListedSnapshot): void {
    if (!(error instanceof BackupError) || !passable.has(error.code)) throw error;
    this.refused = error;
    const source = snapshot.source ?? '';
    if (!this.#passed.has(source)) this.#passed.set(source, snapshot);
    this.#context.output.warn(error.with({ snapshot: snapshot.id }));
  }
}

const passable: ReadonlySet<string> = new Set(['CORRUPT', 'NOT_FOUND', 'UNSUPPORTED', 'USAGE', 'WRONG_PASSWORD']);

const kindWords = { messages: 'message', whatsapp: 'WhatsApp message', notes: 'note', contacts: 'contact' } as const;

const snapshotText = ({ id, file }: ListedSnapshot): string => `${shortId(id)} of ${formatTimestamp(file.time)}`;

const formatHit = ({ hit, last, first, gone, unknown, missing }: Found, style: Style): string => {
  const { kind, where, from, at, excerpt } = hit;
  const when = at === undefined ? '' : `, ${formatTimestamp(localTime(at))}`;
  const who = from === undefined ? '' : `${printable(from)}: `;
  const stands =
    gone !== undefined
      ? style.caution(`last in ${snapshotText(last)}, gone in ${snapshotText(gone)}`)
      : unknown !== undefined
        ? style.caution(`last seen in ${snapshotText(last)}; ${snapshotText(unknown)} could not be looked through`)
        : hit.recentlyDeleted === true
          ? style.caution('still there, in Recently Deleted')
          : style.good('still there');
  const [lacking] = missing;
  const others = missing.length > 1 ? ` and ${formatCount(missing.length - 1, 'older snapshot')}` : '';
  const between = lacking === undefined ? '' : style.caution(`, and was not in ${snapshotText(lacking)}${others}`);
  return [
    `${style.strong(`${kindWords[kind]} in “${printable(where)}”`)}${when}`,
    `  ${who}${printable(excerpt)}`,
    `  ${stands}${between}${style.faint(`; first in ${snapshotText(first)}`)}`,
  ].join('\n');
};

const place = ({ id, file }: ListedSnapshot): { id: string; time: string } => ({ id, time: file.time });

const hitLine = ({ hit, last, first, gone, unknown, missing }: Found): Line<'hit'> => ({
  type: 'hit',
  kind: hit.kind,
  source: last.source ?? null,
  where: hit.where,
  ...(hit.from === undefined ? {} : { from: hit.from }),
  ...(hit.at === undefined ? {} : { at: hit.at.toISOString() }),
  excerpt: hit.excerpt,
  ...(hit.recentlyDeleted === true ? { recentlyDeleted: true } : {}),
  firstIn: place(first),
  lastIn: place(last),
  goneSince: gone === undefined ? null : place(gone),
  ...(missing.length === 0 ? {} : { missingIn: missing.map(place) }),
  ...(unknown === undefined ? {} : { unknownIn: place(unknown) }),
});

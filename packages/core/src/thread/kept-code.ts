/**
 * Compiled code of the program that is kept from run to run, together with the functions that runs of the same kind have called. Node's own cache
 * keeps what is compiled before anything has run, which is next to nothing: each function would be compiled when it is called for the first time, in
 * each thread again. `scripts/kept-chunks.ts` makes the large files of the bundle ones that are run from here.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';
import { threadId } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { useUsualFlags } from './heap-growth.ts';

/** Where compiled code is kept. */
export interface CodePlace {
  /** A folder in which nobody else can write: what is in it is run. */
  readonly folder: string;
  /** The kind of run, e.g. `backup`: other ones call other functions. */
  readonly kind: string;
  /** This run adds what it calls even when enough have: it may call what those before it did not. */
  readonly adds?: boolean;
  /** What V8 compiles for: its version, its flags and the processor. */
  readonly tag: number;
}

interface Loaded {
  readonly script: Script;
  readonly file: string;
  /** How many runs have added to what was kept. */
  readonly runs: number;
}

/** So many runs add what they have called, and some of those after them; by then nearly all is there, and to write it anew each time would cost more than it gains. */
const runsThatAdd = 2;
/** In bytes. A long run that has more adds nothing: writing takes 17 MiB, and it would not notice that it started sooner. */
const mostResident = 220 * 1024 * 1024;
/** A run that is over by then may still have what its key was derived in, and nothing else that is large. */
const shortSeconds = 2;
/** Of `init` and whatever opens no repository: mostly there before any other. */
export const usualKind = 'other';
/** Checksum and number of runs, 32 bits each. */
const headerBytes = 8;

let place: CodePlace | undefined;
const loaded: Loaded[] = [];

/** From now on; what this thread has called is written when it ends by itself. */
export const keepCodeIn = (given: Omit<CodePlace, 'tag'> & Partial<CodePlace>): void => {
  place = { tag: cachedDataVersionTag(), ...given };
  process.once('exit', writeKept);
};

export const codePlace = (): CodePlace | undefined => place;

/** What the script of this address evaluates to: a file of plain ASCII. */
export const runKept = (address: string): unknown => {
  const filename = fileURLToPath(address);
  const [file, ...others] = place === undefined ? [] : filesFor(place, basename(filename));
  const own = file === undefined ? undefined : readKept(file);
  const kept = own ?? firstOf(others);
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: kept?.code });
  const runs = own === undefined || script.cachedDataRejected === true ? 0 : own.runs;
  if (file !== undefined && (runs < runsThatAdd || place?.adds === true)) loaded.push({ script, file, runs });
  return script.runInThisContext();
};

/** Of this kind of run; and of others, which are better than nothing: the program begins in the same way whatever it is asked for. */
const filesFor = ({ folder, kind, tag }: CodePlace, name: string): readonly string[] =>
  [...new Set([kind, kind.replace(/-thread$/, ''), usualKind])].map((each) =>
    join(folder, `${name}-${each}-${tag.toString(16)}`),
  );

const firstOf = (files: readonly string[]): Kept | undefined => {
  for (const file of files) {
    const kept = readKept(file);
    if (kept) return kept;
  }
  return undefined;
};

interface Kept {
  readonly code: Buffer;
  readonly runs: number;
}

/** Nothing where there is none, or half of one. */
const readKept = (file: string): Kept | undefined => {
  try {
    const bytes = readFileSync(file);
    if (bytes.byteLength <= headerBytes || bytes.readUInt32LE(0) !== crc32(bytes.subarray(4))) return undefined;
    return { code: bytes.subarray(headerBytes), runs: bytes.readUInt32LE(4) };
  } catch {
    return undefined;
  }
};

const hasMuchMemory = (): boolean => process.uptime() > shortSeconds && process.memoryUsage.rss() > mostResident;

const writeKept = (): void => {
  if (loaded.length === 0 || place === undefined || hasMuchMemory()) return;
  if (cachedDataVersionTag() !== place.tag) useUsualFlags();
  // Flags that somebody else has set: what is written under them would be refused.
  if (cachedDataVersionTag() !== place.tag) return;
  for (const one of loaded.splice(0)) write(one);
};

const write = ({ file, runs, script }: Loaded): void => {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(runs + 1, 4);
  const bytes = Buffer.concat([header, script.createCachedData()]);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  // Threads of one process may end at the same time.
  const temporary = `${file}-${process.pid}-${threadId}`;
  try {
    writeFileSync(temporary, bytes, { mode: 0o600 });
    renameSync(temporary, file);
  } catch {
    // A disk that is full: then it is compiled the next time, too.
    rmSync(temporary, { force: true });
  }
};

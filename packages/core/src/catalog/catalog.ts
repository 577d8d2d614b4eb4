/**
 * What a machine has seen of the repositories: which packs were read when, what ran, what was proven, how much room was left. Never the
 * only copy of anything that a restore needs: when it is lost, packs are read again and dates begin anew.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SeenCopy, SeenKind } from '../coverage/elsewhere.ts';
import { schema, schemaVersion } from './schema.ts';
import { isOfSurroundings, unusable } from './unusable.ts';

export interface StoredRun {
  readonly pipeline: string;
  /** What was run: backup, sync, prune, verify, proof … */
  readonly command: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly ended: number;
  readonly ending: 'success' | 'partial' | 'failure';
  /** One sentence. */
  readonly text: string;
  /** What each destination made of it, and the rest that a program may want. */
  readonly report: unknown;
}

export interface StoredProof {
  readonly destination: string;
  readonly at: number;
  readonly passed: boolean;
  readonly files: number;
  readonly bytes: number;
  readonly problems: readonly string[];
}

/** How objects of a replica are kept from being deleted. */
export interface Keeping {
  readonly periodMs: number;
  /** What was written from then on was written with a lock of that period. */
  readonly since: number;
  /** Before then no lock has to be extended. */
  readonly next: number;
}

export interface SpaceAt {
  readonly at: number;
  readonly freeBytes: number;
}

/** Of one replica: a destination that was made anew begins from nothing. */
export interface ReplicaKey {
  readonly destination: string;
  /** `config.id`. */
  readonly replica: string;
}

/** In a file, or in memory for `:memory:`. Opened at its first use. */
export class Catalog implements Disposable {
  readonly #file: string;
  #opened: DatabaseSync | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  get #database(): DatabaseSync {
    return (this.#opened ??= openOrReplace(this.#file));
  }

  /** Notes that these packs were read and are whole. */
  packsVerified({ destination, replica }: ReplicaKey, ids: readonly string[], at: number): void {
    const put = this.#database.prepare(
      'insert into verified (destination, replica, pack, at) values (?, ?, ?, ?) on conflict do update set at = excluded.at',
    );
    this.#database.exec('begin');
    try {
      for (const id of ids) put.run(destination, replica, Buffer.from(id, 'hex'), at);
      this.#database.exec('commit');
    } catch (error) {
      this.#database.exec('rollback');
      throw error;
    }
  }

  /** When each pack was last read and whole, by its id. */
  verified({ destination, replica }: ReplicaKey): Map<string, number> {
    const rows = this.#database
      .prepare('select pack, at from verified where destination = ? and replica = ?')
      .all(destination, replica);
    return new Map(rows.map((row) => [Buffer.from(row['pack'] as Uint8Array).toString('hex'), Number(row['at'])]));
  }

  /** Forgets packs that are not there any more, and other replicas of the destination. */
  keepVerified({ destination, replica }: ReplicaKey, ids: ReadonlySet<string>): void {
    this.#database.prepare('delete from verified where destination = ? and replica <> ?').run(destination, replica);
    const drop = this.#database.prepare('delete from verified where destination = ? and pack = ?');
    for (const id of this.verified({ destination, replica }).keys())
      if (!ids.has(id)) drop.run(destination, Buffer.from(id, 'hex'));
  }

  addRun(run: StoredRun): void {
    this.#database
      .prepare(
        'insert into runs (pipeline, command, started, ended, ending, text, report) values (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(run.pipeline, run.command, run.started, run.ended, run.ending, run.text, JSON.stringify(run.report));
    this.#database.prepare('delete from runs where id <= (select max(id) from runs) - ?').run(mostRuns);
  }

  /** The last ones by the time at which they began, newest first. */
  runs(count: number): StoredRun[] {
    const rows = this.#database.prepare('select * from runs order by started desc, id desc limit ?').all(count);
    return rows.map((row) => ({
      pipeline: String(row['pipeline']),
      command: String(row['command']),
      started: Number(row['started']),
      ended: Number(row['ended']),
      ending: String(row['ending']) as StoredRun['ending'],
      text: String(row['text']),
      report: JSON.parse(String(row['report'])) as unknown,
    }));
  }

  /** When the one began that was noted last of those that did not fail. */
  lastDone(command: string): number | undefined {
    const row = this.#database
      .prepare(`select started from runs where command = ? and ending <> 'failure' order by id desc limit 1`)
      .get(command);
    return row && Number(row['started']);
  }

  addProof(proof: StoredProof): void {
    const { destination, at, passed, files, bytes, problems } = proof;
    this.#database
      .prepare('insert into proofs (destination, at, passed, files, bytes, problems) values (?, ?, ?, ?, ?, ?)')
      .run(destination, at, passed ? 1 : 0, files, bytes, JSON.stringify(problems));
  }

  /** The last proof of each destination. */
  lastProofs(): Map<string, StoredProof> {
    const rows = this.#database
      .prepare('select * from proofs where id in (select max(id) from proofs group by destination)')
      .all();
    return new Map(
      rows.map((row) => [
        String(row['destination']),
        {
          destination: String(row['destination']),
          at: Number(row['at']),
          passed: row['passed'] === 1,
          files: Number(row['files']),
          bytes: Number(row['bytes']),
          problems: JSON.parse(String(row['problems'])) as string[],
        },
      ]),
    );
  }

  addSpace(destination: string, { at, freeBytes }: SpaceAt): void {
    this.#database
      .prepare('insert into space (destination, at, free) values (?, ?, ?)')
      .run(destination, at, freeBytes);
    this.#database.prepare('delete from space where destination = ? and at < ?').run(destination, at - spaceKeptMs);
  }

  /** Oldest first. */
  spaces(destination: string): SpaceAt[] {
    const rows = this.#database
      .prepare('select at, free from space where destination = ? order by at')
      .all(destination);
    return rows.map((row) => ({ at: Number(row['at']), freeBytes: Number(row['free']) }));
  }

  /** Another replica stands there now: neither the restore tests of the one before nor its room say anything of it. */
  beginAnew(destination: string): void {
    for (const table of ['proofs', 'space'])
      this.#database.prepare(`delete from ${table} where destination = ?`).run(destination);
  }

  keeping({ destination, replica }: ReplicaKey): Keeping | undefined {
    const row = this.#database
      .prepare('select period, since, next from keeping where destination = ? and replica = ?')
      .get(destination, replica);
    return row && { periodMs: Number(row['period']), since: Number(row['since']), next: Number(row['next']) };
  }

  putKeeping({ destination, replica }: ReplicaKey, { periodMs, since, next }: Keeping): void {
    this.#database
      .prepare('insert or replace into keeping (destination, replica, period, since, next) values (?, ?, ?, ?, ?)')
      .run(destination, replica, periodMs, since, next);
  }

  /** Until when each object is kept whose lock was extended. */
  kept({ destination, replica }: ReplicaKey): Map<string, number> {
    const rows = this.#database
      .prepare('select key, until from kept where destination = ? and replica = ?')
      .all(destination, replica);
    return new Map(rows.map((row) => [String(row['key']), Number(row['until'])]));
  }

  /** In place of all that was noted of this destination. */
  putKept({ destination, replica }: ReplicaKey, kept: ReadonlyMap<string, number>): void {
    const put = this.#database.prepare('insert into kept (destination, replica, key, until) values (?, ?, ?, ?)');
    this.#database.exec('begin');
    try {
      this.#database.prepare('delete from kept where destination = ?').run(destination);
      for (const [key, until] of kept) put.run(destination, replica, key, until);
      this.#database.exec('commit');
    } catch (error) {
      this.#database.exec('rollback');
      throw error;
    }
  }

  /** What a source told of copies that are not ours, instead of what it told before. */
  putSeen(source: string, copies: readonly Pick<SeenCopy, 'kind' | 'at'>[]): void {
    this.#database.prepare('delete from seen where source = ?').run(source);
    const put = this.#database.prepare('insert or replace into seen (source, kind, at) values (?, ?, ?)');
    for (const { kind, at } of copies) put.run(source, kind, at.getTime());
  }

  seen(source: string): SeenCopy[] {
    const rows = this.#database.prepare('select kind, at from seen where source = ? order by kind').all(source);
    return rows.map((row) => ({ kind: String(row['kind']) as SeenKind, at: new Date(Number(row['at'])) }));
  }

  [Symbol.dispose](): void {
    this.#opened?.close();
    this.#opened = undefined;
  }
}

const mostRuns = 10_000;
const spaceKeptMs = 120 * 24 * 60 * 60_000;

/** A file that is damaged, or of another version, is put aside: what it knew can be learnt again. One that cannot be used now stays. */
const openOrReplace = (file: string): DatabaseSync => {
  try {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return open(file);
  } catch (error) {
    if (file === ':memory:') throw error;
    if (isOfSurroundings(error)) throw unusable(file, error);
    renameSync(file, `${file}.damaged`);
    return open(file);
  }
};

const open = (file: string): DatabaseSync => {
  const database = new DatabaseSync(file);
  try {
    database.exec('pragma busy_timeout = 10000; pragma journal_mode = wal; pragma synchronous = normal');
    const version = Number(database.prepare('pragma user_version').get()?.['user_version'] ?? 0);
    if (version !== 0 && version !== schemaVersion) throw new TypeError(`a catalog of version ${version}`);
    database.exec(`${schema}; pragma user_version = ${schemaVersion}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

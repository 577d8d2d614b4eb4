import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { BackupError, toBackupError } from '../errors.ts';
import { pastSnapshot } from './past-snapshots.ts';
import { forgottenList } from '../repository/intent-file.ts';

const keyDue = z.object({
  /** When it was decided; milliseconds since 1970. */
  since: z.number(),
  /** The password that was changed, sealed under the master key: it says which key file has to go. */
  old: z.string().optional(),
  /** The key files that were taken away elsewhere. */
  removed: z.object({ created: z.string(), username: z.string(), hostname: z.string() }).optional(),
});
export type KeyDue = z.infer<typeof keyDue>;

const stateSchema = z.object({
  version: z.literal(1),
  /** `config.id` of each destination's replica, as it was last seen. */
  replicas: z.record(z.string(), z.string()).default({}),
  /** A run began and did not end: packs that no index names may stand on the destinations. */
  unfinished: z.boolean().default(false),
  /** Snapshots that each destination was seen to have. */
  snapshots: z.record(z.string(), z.array(z.string())).default({}),
  /** The newest snapshot of each source that each destination was seen to have. */
  newest: z.record(z.string(), z.record(z.string(), z.object({ id: z.string(), time: z.string() }))).default({}),
  /** The newest snapshot of each source. */
  latest: z.record(z.string(), z.object({ id: z.string(), time: z.string() })).default({}),
  /** The last snapshot of each source that this machine made, as which user, and whether he was shown `trusted.*`, when it could read extended attributes. */
  attributesRead: z
    .record(z.string(), z.object({ snapshot: z.string(), uid: z.number(), trusted: z.boolean().default(false) }))
    .default({}),
  /** Snapshots that each destination had, and was found without. */
  lost: z.record(z.string(), z.array(z.string())).default({}),
  /** When each destination was last seen, and last checked and with what result; milliseconds since 1970. */
  seen: z.record(z.string(), z.number()).default({}),
  checks: z.record(z.string(), z.object({ at: z.number(), whole: z.boolean(), readData: z.boolean() })).default({}),
  /** Snapshots that were forgotten while a destination was out of reach, by its name. */
  forgotten: z.record(z.string(), forgottenList).default({}),
  /** Passwords that were changed or taken away while a destination was out of reach, by its name. */
  keysDue: z.record(z.string(), z.array(keyDue)).default({}),
  /** Snapshots of which a person said that it is right how much they changed. */
  acceptedChanges: z.array(z.string()).default([]),
  /** The last snapshots of each source, whether they are there or not. */
  past: z.array(pastSnapshot).default([]),
  /** The id of the record in each plain folder that was published to, by its place. */
  published: z.record(z.string(), z.string()).default({}),
  /** How the last run ended, for `recovered`. */
  lastRun: z.enum(['success', 'partial', 'failure']).optional(),
  /** What of its standing was told last: which destinations are behind, and whether the 3-2-1 rule holds. */
  told: z
    .object({
      behind: z.array(z.string()),
      covered: z.boolean(),
      /** Since when the rule is not kept, in milliseconds since 1970, and what was missing then. */
      lost: z.object({ at: z.number(), missing: z.array(z.string()) }).optional(),
    })
    .optional(),
  /** News of how it stands that did not reach everybody, from the oldest to the newest; `to` tells whom. */
  owed: z.array(z.object({ to: z.string(), event: z.string(), text: z.string(), at: z.number() })).default([]),
});
export type StateContent = z.infer<typeof stateSchema>;

/** What a machine remembers of a pipeline between runs. Never the only copy of anything: when it is lost, only warnings are. */
export interface PipelineState {
  read(): Promise<StateContent>;
  /** Throws when it cannot be written, with the place and the way out; see `note` for what may be lost. */
  change(edit: (content: StateContent) => StateContent): Promise<void>;
}

const empty: StateContent = {
  version: 1,
  replicas: {},
  unfinished: false,
  snapshots: {},
  newest: {},
  latest: {},
  attributesRead: {},
  lost: {},
  seen: {},
  checks: {},
  forgotten: {},
  keysDue: {},
  acceptedChanges: [],
  past: [],
  published: {},
  owed: [],
};

/**
 * State kept in one JSON file, replaced as a whole. A damaged file counts as none. Read and written as the catalog beside it is, while everybody waits: a run
 * does so a dozen times, and each of its calls through another thread would cost more than the work.
 */
export class FileState implements PipelineState {
  readonly #file: string;
  #turn: Promise<void> = Promise.resolve();

  constructor(folder: string, pipeline: string) {
    this.#file = join(folder, 'pipelines', `${pipeline}.json`);
  }

  async read(): Promise<StateContent> {
    try {
      const parsed = stateSchema.safeParse(JSON.parse(readFileSync(this.#file, 'utf8')));
      return parsed.success ? parsed.data : empty;
    } catch {
      return empty;
    }
  }

  change(edit: (content: StateContent) => StateContent): Promise<void> {
    this.#turn = this.#replace(this.#turn, edit);
    return this.#turn;
  }

  /** One change after another: each sees what the one before wrote. */
  async #replace(before: Promise<void>, edit: (content: StateContent) => StateContent): Promise<void> {
    await before.catch(() => undefined);
    const next = edit(await this.read());
    const temporary = `${this.#file}.${randomUUID()}.tmp`;
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      writeFileSync(temporary, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
      renameSync(temporary, this.#file);
    } catch (cause) {
      removeQuietly(temporary);
      throw unwritable(this.#file, cause);
    }
  }
}

/** Makes the state folder, and throws what `change` would throw there; for whoever has to know it before doing half of something. */
export const proveStateFolder = async (folder: string): Promise<void> => {
  const probe = join(folder, `.probe-${randomUUID()}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
};

const removeQuietly = (file: string): void => {
  try {
    rmSync(file, { force: true });
  } catch {
    // Where nothing can be written.
  }
};

const unwritable = (file: string, cause: unknown): BackupError => {
  const { code, message, context } = toBackupError(
    cause,
    'IO',
    `what is remembered between runs cannot be written to "${file}"`,
  );
  return new BackupError(code === 'NOT_FOUND' ? 'IO' : code, message, {
    hint: 'make room there and let it be written, or name another folder with TRIPLICATE_STATE_DIR',
    context,
    cause,
  });
};

/** For tests and for commands that leave no trace. */
export class MemoryState implements PipelineState {
  #content: StateContent = empty;

  read(): Promise<StateContent> {
    return Promise.resolve(this.#content);
  }

  change(edit: (content: StateContent) => StateContent): Promise<void> {
    this.#content = edit(this.#content);
    return Promise.resolve();
  }
}

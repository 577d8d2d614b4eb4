import type { Catalog } from '../catalog/catalog.ts';
import type { Clock } from '../clock.ts';
import type { SeenCopy } from '../coverage/elsewhere.ts';
import type { Retain } from '../config/retain.ts';
import type { Media } from '../destination/common-options.ts';
import type { Destination } from '../destination/destination.ts';
import type { Pace } from '../engine/fan-out.ts';
import type { BackupError } from '../errors.ts';
import type { EventSink } from '../events.ts';
import type { Source, SourcePart } from '../source/source.ts';
import type { Chain } from '../transform/chain.ts';
import type { PipelineState } from './pipeline-state.ts';

/** One destination of a pipeline, configured and not yet opened. */
export interface PipelineDestination {
  readonly name: string;
  readonly removable: boolean;
  readonly offsite: boolean;
  /** What the data lies on; by the kind of destination when the configuration does not say. */
  readonly media: Media;
  /** How often a removable destination should turn up, in milliseconds. */
  readonly expectedMs?: number | undefined;
  readonly immutableMs?: number | undefined;
  readonly readOnly: boolean;
  /** The folder in the place that is opened; it takes its part of the longest name. */
  readonly prefix?: string | undefined;
  /** A folder of this machine for what is read from it again and again; absent where reading is quick and free. */
  readonly cacheFolder?: string | undefined;
  /** Which snapshots stay there; everything when absent. */
  readonly retain?: Retain | undefined;
  /** Names the physical disk that it lies on, where that can be told. */
  readonly disk?: () => Promise<string | undefined>;
  /** Opens and wraps it; may be called several times. `onRetry` as of `RetryingOptions`. */
  open(signal: AbortSignal, onRetry?: (error: BackupError) => void): Promise<Destination>;
}

export interface PipelineSource {
  readonly name: string;
  /** It comes and goes: that it is not there now is no mistake. */
  readonly comesAndGoes?: boolean;
  /** Tags that each of its snapshots carries. */
  readonly tags?: readonly string[];
  /** Names the physical disks that the original lies on, as far as that can be told. */
  readonly disks?: () => Promise<readonly string[]>;
  /** Looks whether its parts are there now; see `Source`. Rejects with NOT_FOUND when all of it is gone. */
  readonly lookAtParts?: (signal: AbortSignal) => Promise<readonly SourcePart[]>;
  /** What can be seen now of copies of it that are not ours; `last` is its last snapshot. */
  readonly elsewhere?: (last: LastSnapshot | undefined) => Promise<readonly SeenCopy[]>;
  open(signal: AbortSignal): Promise<Source>;
}

/** As much of a snapshot as tells which device it is of. */
export interface LastSnapshot {
  readonly host: string;
  readonly time: Date;
}

/** Who runs: what restic writes into snapshots, keys and locks. */
export interface Host {
  readonly hostname: string;
  readonly username: string;
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
}

/** How long ago things may have happened at most, in milliseconds; what is absent was not promised. */
export interface Promises {
  readonly snapshotMs?: number | undefined;
  readonly proofMs?: number | undefined;
  readonly verifyWithinMs?: number | undefined;
}

/** Everything that a command of a pipeline needs, with all names resolved. The command line makes it of the configuration. */
export interface Pipeline {
  readonly name: string;
  readonly sources: readonly PipelineSource[];
  readonly destinations: readonly PipelineDestination[];
  readonly chain: Chain;
  readonly promises?: Promises;
  readonly quorum: number;
  readonly pace: Pace;
  /** The repository's password; asked for once. */
  password(): Promise<string>;
  /** Where it came from, as words in a sentence. */
  readonly passwordFrom?: () => string;
  readonly host: Host;
  readonly clock: Clock;
  readonly state: PipelineState;
  /** What was read, run and proven when; nothing is kept when absent. */
  readonly catalog?: Catalog;
  readonly emit: EventSink;
  readonly signal: AbortSignal;
  /** Worker threads. */
  readonly threads: number;
  /** How large a pack grows; restic's default, 16 MiB, when absent. */
  readonly packBytes?: number;
  /** How long a destination may give no sign of life before it counts as failed. */
  readonly patienceMs: number;
  /** How long to wait for a lock of another program; not at all when absent. */
  readonly lockWaitMs?: number | undefined;
  /** A folder of this machine for the indexes of repositories, ready to be used; they are read anew each time when absent. */
  readonly indexFolder?: string | undefined;
  /** What is written into snapshots, e.g. `triplicate 0.1.0`. */
  readonly programVersion: string;
}

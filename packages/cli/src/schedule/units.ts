import type { Unseen } from './clock-changes.ts';
import type { CronFields } from './cron-fields.ts';

/** A schedule, as far as a system's own scheduler is told of it. */
export interface PlannedUnit {
  /** Of the pipeline. */
  readonly name: string;
  /** Program and arguments, absolute. */
  readonly command: readonly string[];
  readonly cron: CronFields;
  readonly timezone: string | undefined;
  /** Slots of the next years that the clock changes hide from a scheduler that does not look for them. */
  readonly unseen: readonly Unseen[];
  readonly jitterMs: number;
  /** For a scheduler that keeps a slot for later by itself; elsewhere the command waits. */
  readonly onAc: boolean;
  readonly directory: string;
  /** Variables that change where things are; never a secret. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface UnitFile {
  readonly name: string;
  readonly text: string;
}

/** In text and attributes of XML. */
export const xml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export interface Moment {
  readonly hour: number;
  readonly minute: number;
}

/** Every time of the day at which it is due; seconds are beyond these schedulers. */
export const momentsOf = ({ hours, minutes }: CronFields): Moment[] =>
  hours.flatMap((hour) => minutes.map((minute) => ({ hour, minute })));

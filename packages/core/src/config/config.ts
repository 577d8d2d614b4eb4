import type { CommonDestinationOptions } from '../destination/common-options.ts';
import type { Chain } from '../transform/chain.ts';
import type { Hooks, Metrics, Notification, Pace, Verify } from './pipeline-options.ts';
import type { PublishConfig } from './publish.ts';
import type { Retain } from './retain.ts';
import type { Schedule } from './schedule.ts';

/** A configuration without a mistake: every plugin that it names is known and has accepted its options. */
export interface Config {
  /** Absolute. */
  readonly file: string;
  /** Absolute; relative paths count from here. */
  readonly directory: string;
  readonly plugins: readonly string[];
  /** At least one, in the order of the text. */
  readonly pipelines: readonly PipelineConfig[];
}

/** One use of a plugin. */
export interface PluginUse {
  /** Unique among the sources, or the destinations, of its pipeline. */
  readonly name: string;
  readonly type: string;
  /** What the plugin's schema made of the options: complete with defaults, to hand to `open` as it is. */
  readonly options: unknown;
}

export interface SourceConfig extends PluginUse {
  /** Tags that every snapshot of the source carries, beside `source:NAME`. */
  readonly tags: readonly string[];
}

export interface DestinationConfig extends PluginUse {
  readonly common: CommonDestinationOptions;
  /** Its own policy, else the pipeline's; undefined keeps everything. */
  readonly retain: Retain | undefined;
}

/** One repository: its sources dedupe against one another, and each destination holds all of it. */
export interface PipelineConfig {
  readonly name: string;
  /** At least one. */
  readonly sources: readonly SourceConfig[];
  readonly chain: Chain;
  /** At least one. */
  readonly destinations: readonly DestinationConfig[];
  /** How many destinations make a run a success; 1 to the number of destinations. */
  readonly quorum: number;
  readonly pace: Pace;
  readonly schedule: Schedule | undefined;
  readonly retain: Retain | undefined;
  readonly verify: Verify;
  readonly hooks: Hooks;
  readonly publish: readonly PublishConfig[];
  readonly notify: readonly Notification[];
  readonly metrics: Metrics | undefined;
}

import type { DriveItem } from './items.ts';

export interface WriteOptions {
  readonly onlyIfAbsent: boolean;
  readonly signal: AbortSignal;
}

export interface Uploaded {
  readonly item: DriveItem;
  /** Of what was sent. */
  readonly hash: string;
}

export const conflictBehavior = ({ onlyIfAbsent }: WriteOptions): 'fail' | 'replace' =>
  onlyIfAbsent ? 'fail' : 'replace';

import type { EventSink, RestoredPart, RestoreTarget, SnapshotReader } from '@triplicate/core';
import { given } from '../program/options.ts';
import { countedReader } from './counted-reader.ts';

interface PutOptions {
  /** Who waits, when a person has to do something. */
  readonly source: string | undefined;
  readonly emit: EventSink;
  readonly signal: AbortSignal;
  readonly part?: RestoredPart;
  readonly agree: () => Promise<void>;
}

/** Restores a snapshot, or what looks like one, onto a target, with its progress in bytes. */
export const putOnto = async (
  target: RestoreTarget,
  snapshot: SnapshotReader,
  { source = 'device', emit, signal, part, agree }: PutOptions,
): Promise<void> => {
  let done = 0;
  let total: number | undefined;
  const tell = (): void => {
    if (total !== undefined)
      emit({ type: 'work-progress', work: 'restore', progress: { done: Math.min(done, total), total, unit: 'bytes' } });
  };
  const reader = countedReader(snapshot, (bytes) => {
    done += bytes;
    tell();
  });
  await target.restore(reader, {
    signal,
    agree,
    ...given('part', part),
    expect: ({ bytes }) => {
      // What was read before is the look at whether it can be restored.
      [done, total] = [0, bytes];
      tell();
    },
    waiting: (what) => emit({ type: 'waiting', source, what }),
  });
};

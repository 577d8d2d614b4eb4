import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { groupSnapshots, isWhole } from './group.ts';

/** The newest whole snapshot of each source (or group) among these: what no policy takes away. */
export const lastWhole = (snapshots: readonly Pick<ListedSnapshot, 'id' | 'file' | 'timeNs'>[]): ReadonlySet<string> =>
  new Set(
    groupSnapshots(snapshots).flatMap((group) => {
      const whole = group.filter(({ file }) => isWhole(file));
      const [first] = whole.toSorted((a, b) =>
        a.timeNs > b.timeNs ? -1 : a.timeNs < b.timeNs ? 1 : a.id < b.id ? -1 : 1,
      );
      return first ? [first.id] : [];
    }),
  );

/** Snapshots that look as if their source had been destroyed, and what is held back because of them. */
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { groupOf, groupSnapshots, isRenewed } from './group.ts';
import { type Figures, hasVanished, suddenChange } from './sudden-change.ts';

export interface ChangeAlarm {
  readonly snapshot: ListedSnapshot;
  readonly reasons: readonly string[];
  /** The source said itself why: nobody is alarmed, and what is before it is held back as well. */
  readonly explained: boolean;
}

/** `accepted`: ids of snapshots whose change a person said to be right. */
export const findAlarms = (snapshots: readonly ListedSnapshot[], accepted: ReadonlySet<string>): ChangeAlarm[] =>
  groupSnapshots(snapshots).flatMap((group) => {
    const history: Figures[] = [];
    let judged = 0;
    const alarms: ChangeAlarm[] = [];
    for (const snapshot of group.toSorted((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0))) {
      const { summary } = snapshot.file;
      if (summary === undefined) continue;
      const reasons = suddenChange(history, summary, judged);
      const explained = isRenewed(snapshot.file) && !hasVanished(history, summary);
      if (reasons.length > 0 && !accepted.has(snapshot.id)) alarms.push({ snapshot, reasons, explained });
      if (reasons.length > 0) judged = history.length;
      history.push(summary);
    }
    return alarms;
  });

/** Why no policy may take this snapshot: it is of before an alarm, or is the one that raised it, without which nobody would know. */
export const heldBack = (snapshot: ListedSnapshot, alarms: readonly ChangeAlarm[]): string | undefined => {
  const alarm = alarms.find(
    (one) => groupOf(one.snapshot.file) === groupOf(snapshot.file) && snapshot.timeNs <= one.snapshot.timeNs,
  );
  if (alarm === undefined) return undefined;
  const where = `in snapshot ${alarm.snapshot.id.slice(0, 8)}`;
  return alarm.explained
    ? `held back: ${where} everything was stored anew; if that was right, \`triplicate forget --accept-change\` says so`
    : `held back: ${where} ${alarm.reasons.join(', and ')}`;
};

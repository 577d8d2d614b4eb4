/** Tells of snapshots that look as if their source had been destroyed, and lets a person say that it was right. */
import { BackupError } from '../errors.ts';
import { type ChangeAlarm, findAlarms } from '../retention/alarms.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { nsFromTimestamp } from '../repository/timestamp.ts';
import type { Commit } from './commit.ts';
import { note } from './note.ts';
import { goneOf, pastWith } from './past-snapshots.ts';
import type { Pipeline } from './pipeline.ts';
import type { Session } from './session.ts';

/** By what is remembered of snapshots that are gone, too. Those that nobody accepted, the explained ones too: they hold snapshots back as well. */
export const openAlarms = async (
  { state }: Pipeline,
  snapshots: readonly ListedSnapshot[],
): Promise<readonly ChangeAlarm[]> => {
  const { acceptedChanges, past } = await state.read();
  const alarms = findAlarms([...snapshots, ...goneOf(past, snapshots)], new Set(acceptedChanges));
  return alarms.filter(({ snapshot }) => snapshots.some(({ id }) => id === snapshot.id));
};

export const errorOfAlarm = ({ snapshot, reasons }: ChangeAlarm): BackupError => {
  const id = snapshot.id.slice(0, 8);
  const source = snapshot.source ?? 'a source';
  const { parent } = snapshot.file;
  const diff = parent === undefined ? 'triplicate diff' : `triplicate diff ${parent.slice(0, 8)} ${id}`;
  return new BackupError('MASS_CHANGE', `"${source}" changed as if it had been destroyed: ${reasons.join(', and ')}`, {
    hint:
      `look at it with \`${diff}\` before you trust snapshot ${id}; no policy drops the snapshots before it until you run ` +
      '`triplicate forget --accept-change`, which lets the next forget take them, or forget it by its id',
    context: { source, snapshot: snapshot.id },
  });
};

/** Of a snapshot that is being stored; none when the source explained the change itself. */
export const alarmNewSnapshot = async (
  { pipeline, snapshots }: Pick<Session, 'pipeline' | 'snapshots'>,
  source: string,
  { id, file }: Pick<Commit, 'id' | 'file'>,
): Promise<BackupError | undefined> => {
  const fresh: ListedSnapshot = { id, file, mask: 0, source, timeNs: nsFromTimestamp(file.time) };
  const open = await openAlarms(pipeline, [...snapshots, fresh]);
  const isAlarmed = open.some(({ snapshot }) => snapshot.source === source);
  await note(pipeline, (content) => ({ ...content, past: pastWith(content.past, snapshots, { fresh, isAlarmed }) }));
  const alarm = open.find(({ snapshot }) => snapshot.id === id);
  if (!alarm || alarm.explained) return undefined;
  const error = errorOfAlarm(alarm);
  pipeline.emit({ type: 'warning', source, error });
  return error;
};

/** Those of snapshots that are there, which nobody accepted and no source explained: told with each run. */
export const tellOpenAlarms = async (
  { pipeline, snapshots }: Pick<Session, 'pipeline' | 'snapshots'>,
  sources: readonly string[],
): Promise<readonly BackupError[]> => {
  const open = (await openAlarms(pipeline, snapshots)).filter(
    ({ snapshot: { source }, explained }) => !explained && source !== undefined && sources.includes(source),
  );
  return open.map((alarm) => {
    const error = errorOfAlarm(alarm);
    pipeline.emit({ type: 'warning', source: alarm.snapshot.source ?? '', error });
    return error;
  });
};

/** From now on these raise no alarm on this machine, and hold nothing back. */
export const acceptChanges = async (pipeline: Pipeline, alarms: readonly ChangeAlarm[]): Promise<void> => {
  if (alarms.length === 0) return;
  const ids = alarms.map(({ snapshot }) => snapshot.id);
  await pipeline.state.change((content) => ({
    ...content,
    acceptedChanges: [...new Set([...content.acceptedChanges, ...ids])],
  }));
};

import type { EventSink, ListedSnapshot } from '@triplicate/core';
import { PartReader, type BackupPart } from '@triplicate/ios-backup';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatBytes, formatCount, formatDuration } from '../output/format.ts';
import type { CommandContext } from '../program/command.ts';
import { snapshotWords } from '../render/export.ts';
import { checkPartFlags } from '../restore/device-flags.ts';
import { putOnto } from '../restore/put-onto.ts';
import type { RestoreCall } from '../restore/run-restore.ts';
import { openTarget, prepare, type Prepared } from '../restore/to-device.ts';
import { Bars } from './bars.ts';
import { splitPhonePath } from './logical-path.ts';
import { openInsideOf } from './open-inside.ts';

/** Puts one path, domain or app of a snapshot onto a device, and leaves the rest of the device alone. */
export const restorePart = async (context: CommandContext, call: RestoreCall): Promise<ExitCode> => {
  checkPartFlags(call);
  const { flags, paths, snapshot: wanted } = call;
  const { output, signal } = context;
  const started = performance.now();
  const bars = new Bars(context);
  const prepared = await prepare(context, bars.emit);
  await using inside = await openInsideOf(prepared.pipeline, {
    ...prepared,
    context,
    bars,
    flags,
    from: flags.from,
    restores: true,
  });
  const { snapshot, backup } = await inside.open(wanted);
  await using phone = backup;
  const part = await bars.during(() => phone.part(paths.map(splitPhonePath), { signal }));
  const dryRun = flags.dryRun ?? false;
  const reader = new PartReader(part.files, {
    id: snapshot.id,
    time: snapshot.file.time,
    udid: phone.info.udid ?? snapshot.file.hostname ?? '',
    signal,
  });
  const label = dryRun
    ? undefined
    : await bars.during(() => put(reader, part, { snapshot, call, prepared, emit: bars.emit }));
  const seconds = (performance.now() - started) / 1000;
  await output.prose(format(part, { snapshot, label, seconds, context }));
  await output.line({
    type: 'summary',
    command: 'restore',
    snapshot: snapshot.id,
    target: label ?? flags.to ?? 'device',
    device: true,
    part: [...paths],
    files: part.entries.length,
    bytes: part.bytes,
    dryRun,
    seconds,
  });
  return exitCodes.ok;
};

interface Put {
  readonly snapshot: ListedSnapshot;
  readonly call: RestoreCall;
  readonly prepared: Prepared;
  readonly emit: EventSink;
}

const put = async (
  reader: PartReader,
  { apps }: BackupPart,
  { snapshot, call, prepared, emit }: Put,
): Promise<string> => {
  const opened = await openTarget(snapshot, call, prepared);
  await using target = opened.target;
  const { agree } = opened;
  const { signal } = prepared.context;
  await putOnto(target, reader, { source: snapshot.source, emit, signal, part: { apps }, agree });
  return target.label;
};

interface Details {
  readonly snapshot: ListedSnapshot;
  readonly label: string | undefined;
  readonly seconds: number;
  readonly context: CommandContext;
}

const isDatabase = (path: string): boolean => /\.(db|sqlite|sqlitedb|storedata)$/i.test(path);

const format = (part: BackupPart, { snapshot, label, seconds, context: { output } }: Details): string => {
  const { style } = output;
  const what = `${formatCount(part.entries.length, 'file')}, ${formatBytes(part.bytes)}`;
  const done = label === undefined ? `would put ${what} onto the device` : `put ${what} onto ${label} (experimental)`;
  const databases = part.entries.filter(({ path }) => isDatabase(path)).length;
  const lines = [snapshotWords(snapshot, style), done];
  if (databases > 0)
    lines.push(`${formatCount(databases, 'database')} among them: what was entered on the phone since is not in there`);
  return [...lines, style.faint(`done in ${formatDuration(seconds * 1000)}`)].join('\n');
};

import { BackupError, makeRoot } from '@triplicate/core';
import {
  exportBackup,
  exportFormats,
  FolderSink,
  hasFormat,
  isByPerson,
  isByTime,
  reportFooter,
  type ExportFormat,
  type ExportKind,
  type ExportReport,
  type ExportRequest,
  type IosBackup,
} from '@triplicate/ios-backup';
import { resolve } from 'node:path';
import type { ExportFlags } from '../commands/export.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../program/command.ts';
import { exportSummary, formatExport } from '../render/export.ts';
import { splitPhonePath } from './logical-path.ts';
import { checkNamed, nobodyFound } from './named-things.ts';
import { notePasswordOf } from './note-password.ts';
import { openInside, type Inside } from './open-inside.ts';
import { beginOf, endOf, knownZone } from './period.ts';

export interface ExportCall {
  readonly kind: ExportKind;
  readonly snapshot: string;
  readonly what: string | undefined;
  readonly flags: ExportFlags;
}

/** What a screen holds: a damaged library has hundreds. */
const mostGaps = 10;

export const runExport = async (context: CommandContext, call: ExportCall): Promise<ExitCode> => {
  const { output, surroundings, signal } = context;
  const { flags, kind } = call;
  const started = performance.now();
  const wanted = await requestOf(context, call);
  const target = resolve(surroundings.cwd, flags.to ?? '');
  await using inside = await openInside(context, { flags, from: flags.from });
  const { snapshot, backup } = await inside.open(call.snapshot);
  await using phone = backup;
  checkNamed(phone, wanted, snapshot);
  makeRoot(target, 0o777);
  const report = await exportTo(inside, phone, { request: wanted, target, signal });
  const details = {
    snapshot,
    info: phone.info,
    kind,
    format: wanted.format,
    target,
    footer: reportFooter(report, output.options.verbose ? undefined : mostGaps),
    durationMs: performance.now() - started,
  };
  const nobody = nobodyFound(report, wanted);
  const code = report.unreadable > 0 || nobody !== undefined ? exitCodes.partial : exitCodes.ok;
  await output.report(formatExport(report, details, output.style), code);
  if (nobody !== undefined) output.warn(nobody);
  await output.line(exportSummary(report, details));
  return code;
};

type Request = ExportRequest & { readonly format: ExportFormat };

/** What is wrong with the command line is told before anything is opened. */
const requestOf = async (context: CommandContext, { kind, what, flags }: ExportCall): Promise<Request> => {
  if (flags.to === undefined || flags.to === '')
    throw new BackupError('USAGE', 'nothing says where to', { hint: 'add --to FOLDER' });
  const format = flags.format ?? exportFormats[kind][0];
  if (!hasFormat(kind, format)) {
    throw new BackupError('USAGE', `${kind} cannot be written as "${format}"`, {
      hint: `choose one of ${exportFormats[kind].join(', ')}`,
    });
  }
  refuseUnused(kind, flags);
  if (flags.with?.trim() === '')
    throw new BackupError('USAGE', '--with is empty', { hint: 'name a person, or leave it out for all' });
  const timeZone = knownZone(flags.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const since = flags.since === undefined ? undefined : beginOf(flags.since, timeZone);
  const until = flags.until === undefined ? undefined : endOf(flags.until, timeZone);
  if (since !== undefined && until !== undefined && until <= since)
    throw new BackupError('USAGE', 'the period of --since and --until ends before it begins', {
      hint: 'give --since the earlier day',
    });
  return {
    kind,
    format,
    with: flags.with,
    since,
    until,
    timeZone,
    attachments: flags.files,
    photosBy: flags.by,
    notePassword: await notePasswordOf(context, flags.notePasswordFile),
    ...whatOf(kind, what),
  };
};

/** A person who asks for a part and gets the whole may not notice. */
const refuseUnused = (kind: ExportKind, flags: ExportFlags): void => {
  const unused: readonly (readonly [option: string, isUnused: boolean])[] = [
    ['--with', flags.with !== undefined && !isByPerson(kind)],
    ['--since', flags.since !== undefined && !isByTime(kind)],
    ['--until', flags.until !== undefined && !isByTime(kind)],
    ['--by', flags.by !== undefined && kind !== 'photos'],
  ];
  const [first] = unused.filter(([, isUnused]) => isUnused);
  if (first !== undefined)
    throw new BackupError('USAGE', `${kind} cannot be chosen or sorted by ${first[0]}`, { hint: 'leave it out' });
};

const whatOf = (kind: ExportKind, what: string | undefined): Pick<ExportRequest, 'app' | 'domain' | 'prefix'> => {
  if (kind === 'app') {
    if (what !== undefined) return { app: what };
    throw new BackupError('USAGE', 'no app is named', {
      hint: 'write its identifier behind the snapshot; `triplicate ls --logical SNAPSHOT --apps` lists them',
    });
  }
  if (what === undefined) return {};
  if (kind !== 'files') throw new BackupError('USAGE', `"${what}" is one argument too many for ${kind}`);
  const { domain, path } = splitPhonePath(what);
  return { domain, prefix: path };
};

interface Work {
  readonly request: Request;
  readonly target: string;
  readonly signal: AbortSignal;
}

const exportTo = ({ bars }: Inside, backup: IosBackup, { request, target, signal }: Work): Promise<ExportReport> =>
  bars.during(() =>
    exportBackup(backup, request, new FolderSink(target), {
      signal,
      progress: ({ exported }) =>
        bars.emit({
          type: 'work-progress',
          work: request.kind,
          progress: { done: exported, total: undefined, unit: 'records' },
        }),
    }),
  );

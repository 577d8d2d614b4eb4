import { BackupError, makeRoot, printable, type ListedSnapshot } from '@triplicate/core';
import { restoreFiles, type IosBackup, type RestoredFiles } from '@triplicate/ios-backup';
import { resolve } from 'node:path';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatBytes, formatCount, formatDuration } from '../output/format.ts';
import type { CommandContext } from '../program/command.ts';
import { snapshotWords } from '../render/export.ts';
import { stayed } from '../render/restore.ts';
import type { RestoreCall } from '../restore/run-restore.ts';
import { nothingAt } from './list-logical.ts';
import { joinPhonePath, splitPhonePath } from './logical-path.ts';
import { openInside } from './open-inside.ts';

/** Files of a phone under their own names, decrypted, with their dates: `TO/Domain/path`. */
export const restoreLogical = async (context: CommandContext, call: RestoreCall): Promise<ExitCode> => {
  const { output, surroundings, signal } = context;
  const { flags, paths, snapshot: wanted } = call;
  refuse(call);
  const started = performance.now();
  const target = resolve(surroundings.cwd, flags.to ?? '');
  await using inside = await openInside(context, { flags, from: flags.from, restores: true });
  const { snapshot, backup } = await inside.open(wanted);
  await using phone = backup;
  const places = paths.map(splitPhonePath);
  for (const place of places) if (!exists(phone, place)) throw nothingAt(place, snapshot);
  if (flags.dryRun !== true) makeRoot(target, 0o777);
  const restored = await inside.bars.during(() =>
    restoreFiles(phone, {
      places,
      target,
      overwrite: flags.overwrite,
      dryRun: flags.dryRun ?? false,
      signal,
      progress: (done, total) =>
        inside.bars.emit({ type: 'work-progress', work: 'restore', progress: { done, total, unit: 'bytes' } }),
      onRenamed: (place, path) => output.detail(printable(`"${joinPhonePath(place)}" is "${path}" there`)),
      onProblem: (place, error) => {
        const path = joinPhonePath(place);
        if (output.json) void output.line({ type: 'unrestored', path, code: error.code, message: error.message });
        else
          output.warn(
            new BackupError(error.code, printable(`"${path}": ${error.message}`), {
              hint: error.hint,
              context: { path },
            }),
          );
      },
    }),
  );
  const code = restored.problems > 0 ? exitCodes.partial : exitCodes.ok;
  const durationMs = performance.now() - started;
  await output.report(format(restored, { snapshot, target, durationMs, call }, context), code);
  await output.line({
    type: 'summary',
    command: 'restore',
    snapshot: snapshot.id,
    target,
    dryRun: flags.dryRun ?? false,
    verified: false,
    files: restored.files,
    bytes: restored.bytes,
    skipped: restored.skipped,
    deleted: 0,
    problems: restored.problems,
    seconds: durationMs / 1000,
  });
  return code;
};

const refuse = ({ flags }: RestoreCall): void => {
  const asked = [
    [flags.include, '--include'],
    [flags.exclude, '--exclude'],
    [flags.delete, '--delete'],
    [flags.verify, '--verify'],
  ].filter(([value]) => value !== undefined);
  if (asked.length === 0) return;
  throw new BackupError('USAGE', `${asked.map(([, name]) => String(name)).join(', ')} cannot be used with --logical`, {
    hint: 'name the domains and folders to restore behind the snapshot',
  });
};

const exists = (
  { manifest }: IosBackup,
  { domain, path }: { readonly domain: string; readonly path: string },
): boolean =>
  path === ''
    ? [...manifest.domains()].some((one) => one.domain === domain)
    : manifest.find(domain, path) !== undefined ||
      !manifest
        .entries({ domain, prefix: `${path}/` })
        [Symbol.iterator]()
        .next().done;

interface Details {
  readonly snapshot: ListedSnapshot;
  readonly target: string;
  readonly durationMs: number;
  readonly call: RestoreCall;
}

const format = (
  { files, bytes, skipped, links, renamed, problems }: RestoredFiles,
  { snapshot, target, durationMs, call }: Details,
  { output: { style } }: CommandContext,
): string => {
  const done = call.flags.dryRun === true ? 'would restore' : 'restored';
  const what = `${done} ${formatCount(files, 'file')}, ${formatBytes(bytes)} to ${target}`;
  const lines = [snapshotWords(snapshot, style), problems > 0 ? style.caution(what) : style.good(what)];
  if (skipped > 0) lines.push(stayed(skipped));
  if (links > 0)
    lines.push(
      `${formatCount(links, 'link')} of the phone ${links === 1 ? 'leads nowhere here and was' : 'lead nowhere here and were'} left out`,
    );
  if (renamed > 0)
    lines.push(
      `${formatCount(renamed, 'name')} changed: not every system takes ${renamed === 1 ? 'it, or tells it from another one' : 'them, or tells them from others'}`,
    );
  if (problems > 0) lines.push(style.bad(`${formatCount(problems, 'file')} could not be restored`));
  return [...lines, style.faint(`done in ${formatDuration(durationMs)}`)].join('\n');
};

import { BackupError, type ListedSnapshot } from '@triplicate/core';
import {
  appSizes,
  domainSizes,
  entryAlone,
  folderView,
  type FolderEntry,
  type IosBackup,
} from '@triplicate/ios-backup';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../program/command.ts';
import { phoneWords, snapshotWords } from '../render/export.ts';
import { appLine, domainLine, formatApps, formatDomains, formatPhoneEntry, phoneFileLine } from '../render/phone.ts';
import type { InsideFlags } from './inside-flags.ts';
import { joinPhonePath, splitPhonePath, type LogicalPath } from './logical-path.ts';
import { openInside } from './open-inside.ts';

export interface LogicalLsFlags extends InsideFlags {
  readonly apps?: boolean;
  readonly long?: boolean;
  readonly recursive?: boolean;
}

/** The domains of a phone, its apps by size, or what is in a folder of it. */
export const listLogical = async (
  context: CommandContext,
  {
    wanted,
    path,
    flags,
  }: { readonly wanted: string; readonly path: string | undefined; readonly flags: LogicalLsFlags },
): Promise<ExitCode> => {
  await using inside = await openInside(context, { flags });
  const { snapshot, backup } = await inside.open(wanted);
  await using phone = backup;
  if (path === undefined) await (flags.apps === true ? listApps : listDomains)(context, snapshot, phone);
  else await listFolder(context, snapshot, { phone, at: splitPhonePath(path), flags });
  return exitCodes.ok;
};

const listDomains = async (
  { output, signal }: CommandContext,
  snapshot: ListedSnapshot,
  phone: IosBackup,
): Promise<void> => {
  const domains = domainSizes(phone.manifest, phone.info, { signal });
  output.say(`${snapshotWords(snapshot, output.talkStyle)}: ${phoneWords(phone.info)}`);
  await output.result(formatDomains(domains, output.style, output.room));
  for (const domain of domains) await output.line(domainLine(snapshot.id, domain));
};

const listApps = async (
  { output, signal }: CommandContext,
  snapshot: ListedSnapshot,
  phone: IosBackup,
): Promise<void> => {
  const apps = appSizes(domainSizes(phone.manifest, phone.info, { signal }), phone.info);
  output.say(`${snapshotWords(snapshot, output.talkStyle)}: ${phoneWords(phone.info)}`);
  await output.result(formatApps(apps, output.style, output.room));
  for (const app of apps) await output.line(appLine(snapshot.id, app));
};

interface Listing {
  readonly phone: IosBackup;
  readonly at: LogicalPath;
  readonly flags: LogicalLsFlags;
}

const listFolder = async (
  { output, signal }: CommandContext,
  snapshot: ListedSnapshot,
  { phone, at, flags }: Listing,
): Promise<void> => {
  const { long = false, recursive = false } = flags;
  let found = false;
  for (const entry of recursive ? everything(phone, at) : folderView(phone.manifest, at.domain, at.path)) {
    signal.throwIfAborted();
    found = true;
    await output.line(phoneFileLine(snapshot.id, at.domain, entry));
    await output.result(formatPhoneEntry(at.domain, entry, { long, style: output.style }));
  }
  if (!found && !isFolder(phone, at)) throw nothingAt(at, snapshot);
};

/** Every record below a place, without sums. */
function* everything({ manifest }: IosBackup, { domain, path }: LogicalPath): Generator<FolderEntry> {
  for (const entry of manifest.entries({ domain, prefix: path })) {
    const rest = entry.path.slice(path.length);
    if (path !== '' && rest !== '' && !rest.startsWith('/')) continue;
    yield entryAlone(entry);
  }
}

/** Whether a folder stands there: many have no record of their own, and are only named by what is in them. */
export const isFolder = ({ manifest }: IosBackup, { domain, path }: LogicalPath): boolean => {
  if (path === '') return [...manifest.domains()].some((one) => one.domain === domain);
  const own = manifest.find(domain, path);
  return own === undefined ? folderView(manifest, domain, path).next().done === false : own.kind === 'folder';
};

/** `near` is the domain that was probably meant. */
export const nothingAt = (at: LogicalPath, { id }: ListedSnapshot, near?: string): BackupError =>
  new BackupError('NOT_FOUND', `nothing stands at "${joinPhonePath(at)}" in the phone of snapshot ${id.slice(0, 8)}`, {
    hint:
      near === undefined
        ? '`triplicate ls --logical SNAPSHOT` lists the domains, and behind one of them what is in it'
        : `did you mean "${joinPhonePath({ ...at, domain: near })}"?`,
  });

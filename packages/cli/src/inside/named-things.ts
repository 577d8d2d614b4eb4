/** Apps, domains and people that a person names, and that a phone does not have. */
import { BackupError, closest, type ListedSnapshot } from '@triplicate/core';
import { ownerOf, type ExportReport, type ExportRequest, type IosBackup } from '@triplicate/ios-backup';
import { nothingAt } from './list-logical.ts';

/** NOT_FOUND when a phone has nothing by the name of that app or at that place. An installed app that has no documents is none of it. */
export const checkNamed = (
  phone: IosBackup,
  { app, domain, prefix = '' }: Pick<ExportRequest, 'app' | 'domain' | 'prefix'>,
  snapshot: ListedSnapshot,
): void => {
  const unknown = app === undefined ? undefined : missingApp(phone, app, snapshot);
  if (unknown !== undefined) throw unknown;
  if (domain === undefined) return;
  for (const _ of phone.manifest.entries({ domain, prefix })) return;
  const near = closest(domain, domainsOf(phone));
  throw nothingAt({ domain, path: prefix }, snapshot, near === domain ? undefined : near);
};

/** What to tell of an app that a phone does not have. */
export const missingApp = (phone: IosBackup, app: string, { id }: ListedSnapshot): BackupError | undefined => {
  const { apps, appNames } = phone.info;
  const owners = domainsOf(phone).map(ownerOf);
  const ids = [...new Set([...apps, ...owners.flatMap(({ kind, id: own }) => (kind === 'app' ? [own] : []))])];
  if (ids.includes(app)) return undefined;
  const named = [...appNames].find(([, name]) => name.toLowerCase() === app.toLowerCase())?.[0];
  const near = named ?? closest(app, ids);
  return new BackupError('NOT_FOUND', `no app "${app}" is in the phone of snapshot ${id.slice(0, 8)}`, {
    hint: near === undefined ? '`triplicate ls --logical SNAPSHOT --apps` lists them' : `did you mean "${near}"?`,
  });
};

/** What to tell when nothing was exported of the person that was asked for. */
export const nobodyFound = (
  { kind, exported, read }: ExportReport,
  { with: person, since, until }: ExportRequest,
): BackupError | undefined => {
  if (person === undefined || exported > 0) return undefined;
  const when = since === undefined && until === undefined ? '' : ' in that time';
  return new BackupError('NOT_FOUND', `none of the ${read} rows of ${kind} is with "${person}"${when}`, {
    hint: 'write part of the name as the phone shows it, a number or an address; `triplicate export contacts` lists them',
  });
};

const domainsOf = ({ manifest }: IosBackup): string[] => [...manifest.domains()].map(({ domain }) => domain);

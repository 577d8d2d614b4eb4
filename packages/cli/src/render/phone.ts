import { printable } from '@triplicate/core';
import type { AppSize, DomainSize, FolderEntry } from '@triplicate/ios-backup';
import { joinPhonePath } from '../inside/logical-path.ts';
import type { Line } from '../json/types.ts';
import { formatBytes, formatCount, formatNumber, formatTimestamp } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { formatTable } from '../output/table.ts';
import { padStart } from '../output/width.ts';

/** `room` is how many columns the terminal has. */
export const formatDomains = (domains: readonly DomainSize[], style: Style, room?: number): string =>
  formatTable(
    [
      { title: 'Domain' },
      { title: 'What it is', words: true },
      { title: 'Files', align: 'right' },
      { title: 'Size', align: 'right' },
    ],
    domains.map(({ domain, name, files, bytes }) => [
      printable(domain),
      printable(name),
      formatNumber(files),
      formatBytes(bytes),
    ]),
    style,
    room,
  );

export const formatApps = (apps: readonly AppSize[], style: Style, room?: number): string =>
  formatTable(
    [
      { title: 'App or part', words: true },
      { title: 'Identifier' },
      { title: 'Files', align: 'right' },
      { title: 'Size', align: 'right' },
    ],
    apps.map(({ id, name, files, bytes }) => [printable(name), printable(id), formatNumber(files), formatBytes(bytes)]),
    style,
    room,
  );

export const formatPhoneEntry = (
  domain: string,
  { path, kind, files, bytes, modified, linkTarget }: FolderEntry,
  { long, style }: { readonly long: boolean; readonly style: Style },
): string => {
  const place = printable(joinPhonePath({ domain, path }));
  const shown =
    kind === 'folder'
      ? style.strong(`${place}/`)
      : kind === 'link'
        ? `${place} ${style.faint(`-> ${printable(linkTarget ?? 'nowhere')}`)}`
        : place;
  if (!long) return shown;
  const size = kind === 'link' ? '' : formatBytes(bytes);
  const count = kind === 'folder' ? formatCount(files, 'file') : '';
  const date = modified === undefined ? '' : formatTimestamp(localTime(modified));
  return [padStart(size, 8), padStart(count, 14), padStart(date, 19), shown].join('  ');
};

/** In the time of this machine, as the phone's owner knows it. */
export const localTime = (date: Date): string =>
  new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString();

export const domainLine = (snapshot: string, { domain, name, files, bytes }: DomainSize): Line<'domain'> => ({
  type: 'domain',
  snapshot,
  domain,
  name,
  files,
  bytes,
});

export const appLine = (snapshot: string, { id, name, files, bytes, domains }: AppSize): Line<'appSize'> => ({
  type: 'appSize',
  snapshot,
  app: id,
  name,
  files,
  bytes,
  domains: domains.map(({ domain }) => domain),
});

export const phoneFileLine = (
  snapshot: string,
  domain: string,
  { path, kind, files, bytes, modified, linkTarget }: FolderEntry,
): Line<'phoneFile'> => ({
  type: 'phoneFile',
  snapshot,
  domain,
  path,
  kind,
  ...(kind === 'link' ? {} : { bytes }),
  ...(kind === 'folder' ? { files } : {}),
  ...(modified === undefined ? {} : { modified: modified.toISOString() }),
  ...(linkTarget === undefined ? {} : { target: linkTarget }),
});

import { throwIfAborted } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import type { BackupInfo } from '../backup/ios-backup.ts';
import { describeDomain, ownerOf } from './domains.ts';
import { detailsOf } from './folder-view.ts';
import type { Manifest } from './manifest.ts';

export interface DomainSize {
  readonly domain: string;
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
}

/** An app with everything that the backup holds of it; `system` gathers what belongs to none. */
export interface AppSize {
  /** Bundle identifier, group or domain. */
  readonly id: string;
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
  readonly domains: readonly DomainSize[];
}

export interface SizeOptions extends CallOptions {
  /** Called now and then with how many entries were looked at, of how many. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

const progressStep = 5000;

/** Every domain with its files and bytes. A catalog knows them; otherwise each record of the manifest is decoded once; a damaged one counts as a file of no size. */
export const domainSizes = (manifest: Manifest, info: BackupInfo, { signal, progress }: SizeOptions): DomainSize[] => {
  const named = (domain: string, size: { readonly files: number; readonly bytes: number }): DomainSize => ({
    domain,
    name: describeDomain(domain, info.appNames),
    ...size,
  });
  const known = [...manifest.domains()].map(({ domain, files, bytes }) =>
    files === undefined || bytes === undefined ? undefined : named(domain, { files, bytes }),
  );
  if (known.every((size) => size !== undefined)) return known;
  const sizes = new Map<string, { files: number; bytes: number }>();
  const total = manifest.count;
  let done = 0;
  for (const entry of manifest.entries()) {
    if (++done % progressStep === 0) {
      throwIfAborted(signal);
      progress?.(done, total);
    }
    const size = sizes.get(entry.domain) ?? { files: 0, bytes: 0 };
    sizes.set(entry.domain, size);
    if (entry.kind !== 'file') continue;
    size.files++;
    size.bytes += detailsOf(entry)?.size ?? 0;
  }
  progress?.(total, total);
  return [...sizes].map(([domain, size]) => named(domain, size));
};

/**
 * Apps by size, the largest first. Extensions belong to the app whose identifier theirs begins with; a group belongs to the app whose
 * identifier it contains, and stands for itself where there is none: a backup does not say whose a group is.
 */
export const appSizes = (domains: readonly DomainSize[], info: BackupInfo): AppSize[] => {
  const apps = domains.flatMap(({ domain }) => (ownerOf(domain).kind === 'app' ? [ownerOf(domain).id] : []));
  const byLength = [...new Set([...apps, ...info.apps])].toSorted((a, b) => b.length - a.length);
  const found = new Map<string, DomainSize[]>();
  for (const domain of domains) {
    const id = appOf(domain.domain, byLength);
    found.set(id, [...(found.get(id) ?? []), domain]);
  }
  return [...found]
    .map(([id, own]) => ({
      id,
      name: info.appNames.get(id) ?? (own.length === 1 ? (own[0]?.name ?? id) : id),
      files: own.reduce((sum, { files }) => sum + files, 0),
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      domains: own,
    }))
    .toSorted((a, b) => b.bytes - a.bytes || (a.id < b.id ? -1 : 1));
};

const appOf = (domain: string, apps: readonly string[]): string => {
  const owner = ownerOf(domain);
  if (owner.kind === 'app' || owner.kind === 'system') return owner.id;
  const bare = owner.id.replace(/^([A-Z0-9]{10}\.)?(group\.)?/, '');
  return apps.find((app) => owner.id.startsWith(`${app}.`) || bare === app || bare.startsWith(`${app}.`)) ?? owner.id;
};

import { throwIfAborted } from '@triplicate/core';
import type { IosBackup } from '../../backup/ios-backup.ts';
import { detailsOf } from '../../manifest/folder-view.ts';
import type { ManifestEntry } from '../../manifest/manifest.ts';
import { lastName } from '../attachment.ts';
import type { Attachment } from '../attachment.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';

export interface PhoneFile {
  readonly domain: string;
  readonly path: string;
  readonly sizeBytes: number | undefined;
  readonly modified: Date | undefined;
  /** Where a link leads; links are listed and never written. */
  readonly linkTarget: string | undefined;
  readonly file: Attachment;
}

export interface FileSelection {
  /** All of them when absent. */
  readonly domains?: readonly string[];
  /** Only what begins with this inside each domain, e.g. `Documents/`. */
  readonly prefix?: string;
}

/** "On My iPhone" in Files, in the app's group on newer and in the provider's own folder on older versions of iOS. */
export const onThisPhone: FileSelection = {
  domains: [
    'AppDomainGroup-group.com.apple.FileProvider.LocalStorage',
    'AppDomainPlugin-com.apple.FileProvider.LocalStorage',
  ],
};

/** What an app calls its documents. */
export const appDocuments = (bundle: string): FileSelection => ({
  domains: [`AppDomain-${bundle}`],
  prefix: 'Documents/',
});

/** Files as they stand on the phone. Folders are counted as skipped: the paths of their files say them. */
export async function* readFiles(
  backup: IosBackup,
  selection: FileSelection,
  options: RecordOptions,
): AsyncGenerator<PhoneFile> {
  const { tally } = options;
  const domains = selection.domains ?? [...backup.manifest.domains()].map(({ domain }) => domain);
  for (const domain of domains) {
    let entries = 0;
    for (const entry of backup.manifest.entries({
      domain,
      ...(selection.prefix === undefined ? {} : { prefix: selection.prefix }),
    })) {
      throwIfAborted(options.signal);
      entries++;
      const file = entry.kind === 'folder' ? undefined : await build(backup, entry, options);
      const why = file === undefined ? 'is a folder' : outsidePeriod(file.modified, options.filter);
      if (why === undefined) tally.exported();
      else tally.skip(why);
      if (why === undefined && file !== undefined) yield file;
    }
    if (entries > 0) tally.source(domain);
    else tally.gap(`${domain}: the backup has nothing there`);
  }
}

const build = async (backup: IosBackup, entry: ManifestEntry, { tally, signal }: RecordOptions): Promise<PhoneFile> => {
  const details = detailsOf(entry);
  if (details === undefined) tally.gap('sizes and dates: some records of the manifest are damaged');
  const present = entry.kind === 'file' && (await backup.has(entry, { signal }));
  const place = { domain: entry.domain, path: entry.path };
  const file: Attachment = {
    name: lastName(entry.path),
    type: undefined,
    sizeBytes: details?.size,
    place,
    state: present ? 'present' : 'missing',
  };
  return { ...place, sizeBytes: details?.size, modified: details?.modified, linkTarget: details?.linkTarget, file };
};

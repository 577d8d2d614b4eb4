import { throwIfAborted } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import type { IosBackup } from '../backup/ios-backup.ts';
import { describeDomain } from '../manifest/domains.ts';
import { detailsOf } from '../manifest/folder-view.ts';
import { lastName } from '../records/attachment.ts';
import { onThisPhone } from '../records/files/read-files.ts';
import type { Tally } from '../records/tally.ts';
import type { Item } from './compare-backups.ts';

/** What stands in "On My iPhone" and in the documents of each app, by size and date: none of it is read. */
export async function* documentItems(
  backup: IosBackup,
  { signal, tally }: CallOptions & { readonly tally: Tally },
): AsyncGenerator<Item> {
  for (const { domain } of backup.manifest.domains()) {
    const isOwn = onThisPhone.domains?.includes(domain) === true;
    if (!isOwn && !domain.startsWith('AppDomain-')) continue;
    tally.source(domain);
    const where = isOwn ? 'On My iPhone' : describeDomain(domain, backup.info.appNames);
    for (const entry of backup.manifest.entries({ domain, ...(isOwn ? {} : { prefix: 'Documents/' }) })) {
      throwIfAborted(signal);
      if (entry.kind !== 'file') continue;
      const details = detailsOf(entry);
      const label = lastName(entry.path);
      const content = [details?.size, details?.modified?.getTime()];
      yield { id: `${domain} ${entry.path}`, where, label, content };
    }
  }
}

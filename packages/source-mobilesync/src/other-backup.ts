import { sameUdid, whyNotReady } from './backup-folder.ts';
import { backupsAt } from './find-backup.ts';
import { defaultLocations, type Machine } from './locations.ts';

/** A backup of a device that another program keeps on this computer. */
export interface OtherBackup {
  /** Absolute. */
  readonly path: string;
  /** When it was finished, by its own Status.plist. */
  readonly date: Date;
}

/** The newest that is finished, where the programs of this platform keep them; `undefined` when there is none, or the system hides it. */
export const findOtherBackup = async (udid: string, machine: Machine): Promise<OtherBackup | undefined> => {
  const places = defaultLocations(machine).map((place) => backupsAt(place, false).catch(() => []));
  const found: OtherBackup[] = [];
  for (const backup of (await Promise.all(places)).flat().filter((one) => sameUdid(one.udid, udid))) {
    const { path, date } = backup;
    if (date !== undefined && (await whyNotReady(backup)) === undefined) found.push({ path, date });
  }
  return found.toSorted((a, b) => b.date.getTime() - a.date.getTime())[0];
};

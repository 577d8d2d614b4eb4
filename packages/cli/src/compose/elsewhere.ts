/** What can be seen now of copies of a phone that are not ours. */
import type { LastSnapshot, SeenCopy, SourceConfig } from '@triplicate/core';
import type { DeviceSourceOptions } from '@triplicate/source-device';
import { stat } from 'node:fs/promises';
import type { CommandContext } from '../program/command.ts';
import { phonesNow } from './phones-now.ts';

/** The phone itself on its cable (it was there when it was backed up last, too), and the folder of Finder or iTunes. */
export const elsewhereOf =
  ({ type, options }: SourceConfig, { surroundings, signal, now }: Around) =>
  async (last: LastSnapshot | undefined): Promise<readonly SeenCopy[]> => {
    if (type !== 'device' || last === undefined) return [];
    const wanted = { ...(options as DeviceSourceOptions), udid: last.host };
    const [there, folder] = await Promise.all([
      phonesNow(wanted, { surroundings, signal }),
      finderCopy(last.host, surroundings),
    ]);
    return [{ kind: 'phone', at: there.length > 0 ? now() : last.time }, ...folder];
  };

type Around = Pick<CommandContext, 'surroundings' | 'signal'> & { readonly now: () => Date };

const finderCopy = async (udid: string, machine: CommandContext['surroundings']): Promise<SeenCopy[]> => {
  const { findOtherBackup } = await import('@triplicate/source-mobilesync');
  const found = await findOtherBackup(udid, machine);
  if (!found) return [];
  const disk = String((await stat(found.path, { bigint: true })).dev);
  return [{ kind: 'finder', at: found.date, disk }];
};

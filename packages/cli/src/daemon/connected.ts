import type { Config, PipelineConfig } from '@triplicate/core';
import type { DeviceSourceOptions } from '@triplicate/source-device';
import { diskOfDestination } from '../compose/disks.ts';
import { phonesNow } from '../compose/phones-now.ts';
import type { CommandContext } from '../program/command.ts';

/** What of a pipeline's removable disks and phones is there now; for `onConnect`. */
export const connectedThings = async (
  own: PipelineConfig,
  config: Config,
  context: CommandContext,
): Promise<ReadonlySet<string>> => {
  const [disks, phones] = await Promise.all([connectedDisks(own, config, context), connectedPhones(own, context)]);
  return new Set([...disks, ...phones]);
};

/** Removable disks of a pipeline whose folder is there. */
const connectedDisks = async (
  own: PipelineConfig,
  { directory }: Config,
  { surroundings }: CommandContext,
): Promise<readonly string[]> => {
  const base = { directory, home: surroundings.home };
  const removable = own.destinations.filter(({ common }) => common.removable === true);
  const there = await Promise.all(
    removable.map(async (one) => {
      const disk = await diskOfDestination({ ...one, common: { ...one.common, media: undefined } }, base);
      return disk === undefined ? [] : [`disk ${one.name}`];
    }),
  );
  return there.flat();
};

/**
 * Phones that a source of the pipeline means; none while there is no device daemon. One on a cable also by the number that the daemon gave it: it has
 * another one when it was plugged in again. In the network phones come and go without a person.
 */
const connectedPhones = async (
  own: PipelineConfig,
  { surroundings, signal }: CommandContext,
): Promise<readonly string[]> => {
  const sources = own.sources.filter(({ type }) => type === 'device');
  const found = sources.map(({ options }) => phonesNow(options as DeviceSourceOptions, { surroundings, signal }));
  return (await Promise.all(found))
    .flat()
    .flatMap(({ udid, connection, id }) => [
      `phone ${udid}`,
      ...(connection === 'usb' ? [`phone ${udid} on cable ${id}`] : []),
    ]);
};

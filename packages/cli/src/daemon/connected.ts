import { isBackupError, type Config, type PipelineConfig } from '@triplicate/core';
import type { DeviceSourceOptions } from '@triplicate/source-device';
import { diskOfDestination } from '../compose/disks.ts';
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

/** Phones that a source of the pipeline means; none while there is no device daemon. */
const connectedPhones = async (
  own: PipelineConfig,
  { surroundings, signal }: CommandContext,
): Promise<readonly string[]> => {
  const sources = own.sources.filter(({ type }) => type === 'device');
  if (sources.length === 0) return [];
  const { openMux, sameUdid } = await import('@triplicate/source-device');
  const found = sources.map(async ({ options }) => {
    const { daemon, udid, wifi } = options as DeviceSourceOptions;
    const address = daemon ?? surroundings.env['USBMUXD_SOCKET_ADDRESS'];
    try {
      const devices = await openMux({ address, platform: surroundings.platform }).devices({ signal });
      return devices
        .filter(({ connection }) => wifi || connection === 'usb')
        .filter((device) => udid === 'any' || sameUdid(device.udid, udid))
        .map((device) => `phone ${device.udid}`);
    } catch (error) {
      if (isBackupError(error, 'UNAVAILABLE')) return [];
      throw error;
    }
  });
  return (await Promise.all(found)).flat();
};

import { isBackupError, type BackupError } from '@triplicate/core';
import type { AttachedDevice, DeviceAbout } from '@triplicate/source-device';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { deviceLine, formatDevices } from '../render/devices.ts';
import type { DevicesAround } from './around-devices.ts';

export interface SeenDevice {
  readonly device: AttachedDevice;
  readonly about: DeviceAbout | undefined;
  /** Why nothing is known of it. */
  readonly error: BackupError | undefined;
}

/** Every device that is connected, each once; one that does not answer does not keep the others from being shown. */
export const listDevices = async (around: DevicesAround): Promise<ExitCode> => {
  const { output } = around.context;
  const seen = await Promise.all(onePerDevice(await connected(around)).map((device) => look(device, around)));
  for (const one of seen) await output.line(deviceLine(one));
  await output.result(output.typed(formatDevices(seen, output.style)));
  return exitCodes.ok;
};

const connected = async ({ mux, signal, flags, library }: DevicesAround): Promise<readonly AttachedDevice[]> => {
  const all = await mux.devices({ signal });
  const { udid } = flags;
  return udid === undefined ? all : all.filter((device) => library.sameUdid(device.udid, udid));
};

/** A phone on its cable and in the network stands twice; its cable is what is used. */
const onePerDevice = (devices: readonly AttachedDevice[]): readonly AttachedDevice[] => {
  const best = new Map<string, AttachedDevice>();
  for (const device of devices) {
    if (best.get(device.udid)?.connection !== 'usb') best.set(device.udid, device);
  }
  return [...best.values()];
};

const look = async (device: AttachedDevice, { library, mux, clock, signal }: DevicesAround): Promise<SeenDevice> => {
  try {
    return { device, about: await library.describeDevice(device, { mux, clock, signal }), error: undefined };
  } catch (error) {
    if (!isBackupError(error) || error.code === 'ABORTED') throw error;
    return { device, about: undefined, error };
  }
};

import { changeLine, formatDeviceChange, type DeviceChange } from '../render/devices.ts';
import type { DevicesAround } from './around-devices.ts';

export const tellChange = async ({ context: { output } }: DevicesAround, change: DeviceChange): Promise<void> => {
  await output.line(changeLine(change));
  await output.result(formatDeviceChange(change, output.style));
};

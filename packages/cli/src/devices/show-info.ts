import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { deviceLine, formatDevice } from '../render/devices.ts';
import type { DevicesAround } from './around-devices.ts';

/** Everything that one device tells without a question on its screen. */
export const showInfo = async (around: DevicesAround): Promise<ExitCode> => {
  const { library, mux, clock, signal, context } = around;
  const { output } = context;
  const device = await around.find();
  const about = await library.describeDevice(device, { mux, clock, signal });
  await output.line(deviceLine({ device, about, error: undefined }));
  await output.result(output.typed(formatDevice(about, clock.now(), output.style)));
  return exitCodes.ok;
};

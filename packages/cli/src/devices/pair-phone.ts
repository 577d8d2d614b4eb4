import type { Phone } from '@triplicate/source-device';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { tellChange } from './tell-change.ts';
import type { DevicesAround } from './around-devices.ts';

/** Walks a person through Trust and the passcode. A device that knows this computer already is left as it is. */
export const pairPhone = async (around: DevicesAround): Promise<ExitCode> => {
  const { library, mux, clock, signal, context, waiting } = around;
  const device = await around.find();
  const { name, paired } = await library.describeDevice(device, { mux, clock, signal });
  const label = name ?? device.udid;
  if (paired) {
    context.output.say(`${label} knows this computer already`);
  } else {
    await using lockdown = await library.openLockdown({ mux, device, clock, signal });
    lockdown.label = label;
    await library.pair(lockdown, { mux, device, clock, signal, label, waiting });
  }
  await tellChange(around, { udid: device.udid, name: label, change: 'paired' });
  return exitCodes.ok;
};

export const unpairPhone = async (around: DevicesAround): Promise<ExitCode> => {
  const { library, mux, clock, signal, waiting } = around;
  await using phone: Phone = await around.open();
  const { device, name, record } = phone;
  {
    await using lockdown = await library.openLockdown({ mux, device, clock, signal });
    await library.unpair(lockdown, record, { mux, device, clock, signal, label: name, waiting });
  }
  await tellChange(around, { udid: device.udid, name, change: 'unpaired' });
  return exitCodes.ok;
};

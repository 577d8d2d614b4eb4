import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { appLine, formatApps } from '../render/devices.ts';
import type { DevicesAround } from './around-devices.ts';

/** The apps that a person installed, those with the most data first, with the identifiers that `mode: photos` takes under `apps:`. */
export const listInstalledApps = async (around: DevicesAround): Promise<ExitCode> => {
  const { output } = around.context;
  await using phone = await around.open();
  const found = await around.library.listApps(phone, { signal: around.signal, sizes: true });
  const apps = found.toSorted((a, b) => (b.dataBytes ?? 0) - (a.dataBytes ?? 0) || a.name.localeCompare(b.name, 'en'));
  for (const app of apps) await output.line(appLine(phone.device.udid, app));
  await output.result(formatApps(phone.name, apps, output.style));
  return exitCodes.ok;
};

import { printable } from '@triplicate/core';
import type { InstalledApp } from '@triplicate/source-device';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { appLine, formatApps } from '../render/devices.ts';
import type { DevicesAround } from './around-devices.ts';

/** The apps that a person installed, those with the most data first, with the identifiers that `mode: photos` takes under `apps:`. */
export const listInstalledApps = async (around: DevicesAround): Promise<ExitCode> => {
  const { output } = around.context;
  await using phone = await around.open();
  const found = await around.library.listApps(phone, { signal: around.signal, sizes: true });
  const shown = found.map((app) => ({ ...app, id: printable(app.id), name: printable(app.name), ...versionOf(app) }));
  const apps = shown.toSorted((a, b) => (b.dataBytes ?? 0) - (a.dataBytes ?? 0) || a.name.localeCompare(b.name, 'en'));
  for (const app of apps) await output.line(appLine(phone.device.udid, app));
  await output.result(formatApps(phone.name, apps, output.style));
  return exitCodes.ok;
};

const versionOf = ({ version }: InstalledApp): Pick<InstalledApp, 'version'> => ({
  version: version === undefined ? undefined : printable(version),
});

import type { DeviceAbout, InstalledApp } from '@triplicate/source-device';
import type { SeenDevice } from '../devices/list-devices.ts';
import { errorField } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { formatAgo, formatBytes, formatBytesOf, formatCount } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { formatTable } from '../output/table.ts';
import { padEnd } from '../output/width.ts';
import { given } from '../program/options.ts';

export type DeviceChange = Omit<Line<'deviceChange'>, 'type'>;

export const formatDevices = (seen: readonly SeenDevice[], style: Style): string => {
  if (seen.length === 0) return 'no iPhone or iPad is connected; plug one in, unlock it and tap Trust if it asks';
  const table = formatTable(
    [{ title: 'name' }, { title: 'iOS' }, { title: 'identifier' }, { title: 'by' }, { title: 'backups' }],
    seen.map(({ device, about }) => [
      about?.name ?? '?',
      about?.version ?? '?',
      device.udid,
      connectionWords[device.connection],
      stateOf(about),
    ]),
    style,
  );
  const errors = seen.flatMap(({ device, error }) =>
    error ? [style.faint(`${device.udid}: ${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}`)] : [],
  );
  const strangers = seen.some(({ about }) => about?.paired === false)
    ? [style.faint('To pair: unlock the phone, then triplicate devices pair')]
    : [];
  return [table, ...errors, ...strangers].join('\n');
};

const connectionWords = { usb: 'cable', network: 'network' } as const;

const stateOf = (about: DeviceAbout | undefined): string => {
  if (about === undefined) return 'no answer';
  if (!about.paired) return 'not paired';
  return about.encrypted === true ? 'encrypted' : 'not encrypted';
};

const labelWidth = 16;

export const formatDevice = (about: DeviceAbout, now: Date, style: Style): string => {
  const { udid, connection, model, version, paired } = about;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['identifier', udid],
    ['model', model],
    ['iOS', version],
    ['connected by', connectionWords[connection]],
    ['paired', paired ? 'yes' : 'no; unlock it, then triplicate devices pair'],
    ['backups', paired ? encryptionText(about) : undefined],
    ['iCloud backup', iCloudText(about, now)],
    ['Find My', findMyText(about)],
    ['free space', spaceText(about)],
    ['battery', about.batteryPercent === undefined ? undefined : `${about.batteryPercent} %`],
  ];
  return [
    style.strong(about.name ?? udid),
    ...lines.flatMap(([label, text]) => (text === undefined ? [] : [`  ${padEnd(label, labelWidth)}${text}`])),
  ].join('\n');
};

const encryptionText = ({ encrypted }: DeviceAbout): string =>
  encrypted === true ? 'encrypted by the phone' : 'not encrypted by the phone: no passwords, health, calls in them';

const iCloudText = ({ iCloudBackup }: DeviceAbout, now: Date): string | undefined => {
  if (iCloudBackup === undefined) return undefined;
  const { enabled, last } = iCloudBackup;
  const when = last === undefined ? 'none so far' : `the last ${formatAgo(now.getTime() - last.getTime())}`;
  return enabled ? `on, ${when}` : `off${last === undefined ? '' : `, ${when}`}`;
};

const findMyText = ({ findMy }: DeviceAbout): string | undefined =>
  findMy === undefined ? undefined : findMy ? 'on; it has to be turned off for a restore' : 'off';

const spaceText = ({ freeBytes, totalBytes }: DeviceAbout): string | undefined =>
  freeBytes === undefined || totalBytes === undefined ? undefined : formatBytesOf(freeBytes, totalBytes);

const changeWords: Readonly<Record<DeviceChange['change'], string>> = {
  paired: 'is paired with this computer',
  unpaired: 'has forgotten this computer',
  'encryption-on': 'encrypts its backups from now on; without the password nobody can restore them',
  'encryption-off': 'does not encrypt its backups any more',
  'password-changed': 'has another backup password; older backups keep the old one',
  'icloud-on': 'backs itself up to iCloud',
  'icloud-off': 'does not back itself up to iCloud any more',
};

export const formatDeviceChange = ({ name, change }: DeviceChange, style: Style): string =>
  `${style.strong(name)} ${changeWords[change]}`;

const smaller = 'to make it smaller, remove downloads in the app, or the app';

export const formatApps = (name: string, apps: readonly InstalledApp[], style: Style): string => {
  const sharing = apps.filter(({ sharesFiles }) => sharesFiles).length;
  const table = formatTable(
    [
      { title: 'app' },
      { title: 'version' },
      { title: 'identifier' },
      { title: 'data', align: 'right' },
      { title: 'documents' },
    ],
    apps.map((app) => [
      app.name,
      app.version ?? '',
      app.id,
      app.dataBytes === undefined ? '?' : formatBytes(app.dataBytes),
      app.sharesFiles ? 'shared' : '',
    ]),
    style,
  );
  const count = `${formatCount(apps.length, 'app')} on ${name}, ${sharing} of them with documents for "mode: photos"`;
  const known = apps.flatMap(({ dataBytes }) => dataBytes ?? []);
  const sum = known.reduce((whole, bytes) => whole + bytes, 0);
  const room =
    known.length === 0 ? '' : `\n${formatBytes(sum)} of data: a backup has it without the caches; ${smaller}`;
  return apps.length === 0 ? count : `${table}\n${style.faint(count + room)}`;
};

export const deviceLine = ({ device, about, error }: SeenDevice): Line<'device'> => ({
  type: 'device',
  udid: device.udid,
  connection: device.connection,
  paired: about?.paired ?? false,
  ...given('name', about?.name),
  ...given('model', about?.model),
  ...given('version', about?.version),
  ...given('encrypted', about?.encrypted),
  ...given('freeBytes', about?.freeBytes),
  ...given('totalBytes', about?.totalBytes),
  ...given('batteryPercent', about?.batteryPercent),
  ...given('findMy', about?.findMy),
  ...given('iCloudBackup', about?.iCloudBackup && iCloudField(about.iCloudBackup)),
  ...errorField(error),
});

const iCloudField = ({
  enabled,
  last,
}: NonNullable<DeviceAbout['iCloudBackup']>): NonNullable<Line<'device'>['iCloudBackup']> => ({
  enabled,
  ...given('last', last?.toISOString()),
});

export const changeLine = (change: DeviceChange): Line<'deviceChange'> => ({ type: 'device-change', ...change });

export const appLine = (
  udid: string,
  { id, name, version, sharesFiles, dataBytes, programBytes }: InstalledApp,
): Line<'app'> => ({
  type: 'app',
  udid,
  id,
  name,
  sharesFiles,
  ...given('version', version),
  ...given('dataBytes', dataBytes),
  ...given('programBytes', programBytes),
});

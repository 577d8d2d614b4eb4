import { asDictionary, PlistReal, PlistUid, type PlistValue } from '@triplicate/plist';

/** Keys whose texts are words of the protocols and tell nothing about a person. */
const wordKeys = new Set([
  'BackupState',
  'BuildVersion',
  'Command',
  'ConnectionType',
  'DLFileType',
  'Domain',
  'Error',
  'MessageName',
  'ProductType',
  'ProductVersion',
  'ProtocolVersion',
  'Request',
  'Result',
  'Service',
  'SnapshotState',
  'Status',
  'Type',
  'Version',
]);
/** Keys whose numbers are those of the protocols. */
const numberKeys = new Set([
  'CurrentAmount',
  'CurrentIndex',
  'DLFileErrorCode',
  'DLFileSize',
  'ErrorCode',
  'Interval',
  'Port',
  'ProtocolVersion',
  'SupportedProtocolVersions',
  'Total',
]);
/** Keys that are shown although what they hold is not. */
const plainKeys = new Set([
  ...wordKeys,
  ...numberKeys,
  'ApplicationSINF',
  'ApplicationType',
  'BackupTime',
  'CFBundleIdentifier',
  'ClientOptions',
  'CloudBackupEnabled',
  'CloudBackupState',
  'Content',
  'CurrentList',
  'DLDeviceIOCallbacks',
  'DLFileErrorString',
  'DLFileModificationDate',
  'Diagnostics',
  'EnableServiceSSL',
  'EnableSessionSSL',
  'ErrorDescription',
  'EscrowBag',
  'ExtendedPairingErrors',
  'ForceFullBackup',
  'HostID',
  'Key',
  'Label',
  'MobileGestalt',
  'MobileGestaltKeys',
  'Name',
  'NewPassword',
  'OldPassword',
  'Options',
  'PairRecord',
  'PairingOptions',
  'Password',
  'PasswordConfigured',
  'PasswordProtected',
  'RemoveItemsNotRestored',
  'RestoreDontCopyBackup',
  'RestorePreserveSettings',
  'RestoreShouldReboot',
  'RestoreSystemFiles',
  'ReturnAttributes',
  'SessionID',
  'SourceIdentifier',
  'SystemBUID',
  'TargetIdentifier',
  'UIFileSharingEnabled',
  'Value',
  'WillEncrypt',
  'bundleId',
  'command',
  'iTunesMetadata',
  'pngData',
]);

const protocolWord = /^(DL[A-Za-z]{1,40}|com\.apple\.[A-Za-z0-9._-]{1,80}|___EmptyParameterString___)$/;
const shortWord = /^[A-Za-z0-9._-]{1,60}$/;
const mostItems = 20;

export type Redacted = string | number | boolean | readonly Redacted[] | { readonly [key: string]: Redacted };

/**
 * A message without anything of a person's: the words of the protocols stay, every other text, number, date and key becomes the name of its
 * kind. What is not known to be harmless is hidden.
 */
export const redact = (value: PlistValue, key?: string): Redacted => {
  if (typeof value === 'string') return redactText(value, key);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return redactNumber(Number(value), key);
  if (value instanceof PlistReal) return redactNumber(value.value, key);
  if (value instanceof PlistUid) return '<uid>';
  if (value instanceof Date) return '<date>';
  if (value instanceof Uint8Array) return '<data>';
  const dictionary = asDictionary(value);
  if (dictionary) return redactPairs(Object.entries(dictionary));
  return redactItems(value as readonly PlistValue[], key);
};

/** DeviceLink's lists hold progress and sizes as bare numbers. */
const redactItems = (items: readonly PlistValue[], key: string | undefined): Redacted => {
  const inLink = typeof items[0] === 'string' && items[0].startsWith('DL');
  const shown = items
    .slice(0, mostItems)
    .map((item) => redact(item, inLink && typeof item !== 'string' ? 'DLFileSize' : key));
  return items.length > mostItems ? [...shown, `<${items.length - mostItems} more>`] : shown;
};

const redactPairs = (pairs: readonly (readonly [string, PlistValue])[]): Redacted => {
  const shown = pairs.slice(0, mostItems).map(([name, item], i) => {
    return plainKeys.has(name) ? ([name, redact(item, name)] as const) : ([`<key ${i + 1}>`, redact(item)] as const);
  });
  const more = pairs.length > mostItems ? [['<more>', pairs.length - mostItems] as const] : [];
  return Object.fromEntries([...shown, ...more]);
};

const redactText = (text: string, key: string | undefined): string => {
  const isWord = protocolWord.test(text) || (key !== undefined && wordKeys.has(key) && shortWord.test(text));
  return isWord ? text : '<text>';
};

const redactNumber = (value: number, key: string | undefined): Redacted =>
  key !== undefined && numberKeys.has(key) ? value : '<number>';

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

/** Keys whose texts may be names of Apple's services, domains and notices. */
const appleKeys = new Set(['Domain', 'Name', 'Service']);

const linkName = /^DL[A-Za-z]{1,40}$/;
const fixedWords = new Set(['DLVersionsOk', '___EmptyParameterString___']);
const appleWord = /^com\.apple\.[A-Za-z0-9._-]{1,80}$/;
const shortWord = /^[A-Za-z0-9._-]{1,60}$/;
const mostItems = 20;

export type Redacted = string | number | boolean | readonly Redacted[] | { readonly [key: string]: Redacted };

/**
 * A message without anything of a person's: the words of the protocols stay where the protocols have them, every other text, number, date and
 * key becomes the name of its kind. What is not known to be harmless is hidden: a text that only looks like such a word may be a password.
 */
export const redact = (message: PlistValue): Redacted => {
  const [name, ...rest] = Array.isArray(message) ? (message as readonly PlistValue[]) : [];
  if (typeof name !== 'string' || !linkName.test(name)) return redactValue(message);
  return [name, ...redactItems(rest, linkItems)];
};

/** DeviceLink's lists hold progress and sizes as bare numbers. */
const linkItems = 'DLFileSize';

const redactValue = (value: PlistValue, key?: string): Redacted => {
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

const redactItems = (items: readonly PlistValue[], key: string | undefined): readonly Redacted[] => {
  const shown = items.slice(0, mostItems).map((item) => redactValue(item, key));
  return items.length > mostItems ? [...shown, `<${items.length - mostItems} more>`] : shown;
};

const redactPairs = (pairs: readonly (readonly [string, PlistValue])[]): Redacted => {
  const shown = pairs.slice(0, mostItems).map(([name, item], i) => {
    return plainKeys.has(name)
      ? ([name, redactValue(item, name)] as const)
      : ([`<key ${i + 1}>`, redactValue(item)] as const);
  });
  const more = pairs.length > mostItems ? [['<more>', pairs.length - mostItems] as const] : [];
  return Object.fromEntries([...shown, ...more]);
};

const redactText = (text: string, key: string | undefined): string => {
  const isWord =
    fixedWords.has(text) ||
    (key !== undefined && wordKeys.has(key) && shortWord.test(text)) ||
    (key !== undefined && appleKeys.has(key) && appleWord.test(text));
  return isWord ? text : '<text>';
};

const redactNumber = (value: number, key: string | undefined): Redacted =>
  key !== undefined && numberKeys.has(key) ? value : '<number>';

const fixedNames: Readonly<Record<string, string>> = {
  BooksDomain: 'Books',
  CameraRollDomain: 'Photos and videos',
  DatabaseDomain: 'System databases',
  HealthDomain: 'Health',
  HomeDomain: 'Messages, contacts, calendars, Safari and settings',
  HomeKitDomain: 'Home',
  InstallDomain: 'Installed apps',
  KeyboardDomain: 'Keyboard',
  KeychainDomain: 'Passwords (keychain)',
  ManagedPreferencesDomain: 'Managed settings',
  MediaDomain: 'Message attachments, recordings and other media',
  MobileDeviceDomain: 'Device management',
  NetworkDomain: 'Network settings',
  ProtectedDomain: 'Protected system data',
  RootDomain: 'System data',
  SystemPreferencesDomain: 'System settings',
  TonesDomain: 'Ringtones',
  WirelessDomain: 'Telephone and mobile data',
};

const appPrefixes: readonly (readonly [prefix: string, words: string])[] = [
  ['AppDomainGroup-', 'shared data'],
  ['AppDomainPlugin-', 'extension'],
  ['AppDomain-', ''],
  ['SysContainerDomain-', 'system service'],
  ['SysSharedContainerDomain-', 'shared by system services'],
];

const appleGroups: Readonly<Record<string, string>> = {
  'group.com.apple.notes': 'Notes',
  'group.com.apple.reminders': 'Reminders',
  'group.com.apple.VoiceMemos.shared': 'Voice Memos',
  'group.com.apple.FileProvider.LocalStorage': 'Files on this iPhone',
  'group.net.whatsapp.WhatsApp.shared': 'WhatsApp',
  'group.net.whatsapp.WhatsAppSMB.shared': 'WhatsApp Business',
};

/** What a domain belongs to: an app or a group by its identifier, or a part of the system. */
export const ownerOf = (
  domain: string,
): { readonly kind: 'app' | 'group' | 'plugin' | 'system'; readonly id: string } => {
  if (domain.startsWith('AppDomainGroup-')) return { kind: 'group', id: domain.slice(15) };
  if (domain.startsWith('AppDomainPlugin-')) return { kind: 'plugin', id: domain.slice(16) };
  if (domain.startsWith('AppDomain-')) return { kind: 'app', id: domain.slice(10) };
  return { kind: 'system', id: domain };
};

/** A domain's name in words that a person understands; `appNames` turns bundle identifiers into names. */
export const describeDomain = (domain: string, appNames: ReadonlyMap<string, string> = new Map()): string => {
  const fixed = fixedNames[domain];
  if (fixed !== undefined) return fixed;
  for (const [prefix, words] of appPrefixes) {
    if (!domain.startsWith(prefix)) continue;
    const id = domain.slice(prefix.length);
    const known = appleGroups[id] ?? appNames.get(id);
    if (known !== undefined) return words === '' || appleGroups[id] !== undefined ? known : `${known} (${words})`;
    return words === '' ? id : `${id} (${words})`;
  }
  return domain;
};

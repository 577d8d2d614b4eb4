/** What can be exported, and the formats that each kind has; the first is what a person most likely wants. */
export const exportFormats = {
  messages: ['html', 'txt', 'csv', 'json'],
  whatsapp: ['html', 'txt', 'csv', 'json'],
  contacts: ['vcard', 'vcard3', 'csv', 'json', 'html', 'txt', 'md'],
  calls: ['csv', 'json', 'html', 'txt', 'md'],
  voicemail: ['html', 'csv', 'json', 'txt'],
  'voice-memos': ['html', 'csv', 'json', 'txt'],
  notes: ['html', 'md', 'txt', 'json'],
  photos: ['json', 'csv', 'html'],
  calendar: ['ics', 'csv', 'json', 'html', 'txt'],
  reminders: ['ics', 'md', 'csv', 'json', 'html', 'txt'],
  safari: ['html', 'csv', 'json'],
  health: ['csv', 'json', 'html', 'txt', 'md'],
  files: ['json', 'csv'],
  app: ['json', 'csv'],
} as const;

export type ExportKind = keyof typeof exportFormats;
export type ExportFormat = (typeof exportFormats)[ExportKind][number];

export const exportKinds = Object.keys(exportFormats) as readonly ExportKind[];

/** Whether a kind has a format. */
export const hasFormat = (kind: ExportKind, format: string): format is ExportFormat =>
  (exportFormats[kind] as readonly string[]).includes(format);

/** Whether the records of a kind are of a person each, so that `with` chooses among them; the others pay no heed to it. */
export const isByPerson = (kind: ExportKind): boolean =>
  ['messages', 'whatsapp', 'contacts', 'calls', 'voicemail'].includes(kind);

/** Whether the records of a kind have a time, so that `since` and `until` choose among them. */
export const isByTime = (kind: ExportKind): boolean => kind !== 'contacts';

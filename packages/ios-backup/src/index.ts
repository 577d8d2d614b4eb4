export { checkPassword, openBackup } from './backup/open-backup.ts';
export type { OpenBackupOptions, OpenProgress } from './backup/open-backup.ts';
export type { BackupInfo, IosBackup, OpenFileOptions, PhonePath } from './backup/ios-backup.ts';
export type { CatalogStore, CatalogStoreOptions } from './catalog/catalog-store.ts';
export { Keyring } from './crypto/keyring.ts';
export { exportBackup } from './export/export-backup.ts';
export type { ExportOptions } from './export/export-backup.ts';
export type { ExportRequest } from './export/export-context.ts';
export { exportFormats, exportKinds, hasFormat } from './export/export-kinds.ts';
export type { ExportFormat, ExportKind } from './export/export-kinds.ts';
export { restoreFiles } from './export/restore-files.ts';
export type { RestoredFiles, RestoreFilesRequest } from './export/restore-files.ts';
export { readWhole } from './files/backup-files.ts';
export type { BackupFiles, FileStat, ListedFile } from './files/backup-files.ts';
export { findBackupRoots } from './files/find-backup-roots.ts';
export { FolderFiles } from './files/folder-files.ts';
export { OverlayFiles } from './files/overlay-files.ts';
export { SnapshotFiles } from './files/snapshot-files.ts';
export { compareBackups, differenceText } from './look/compare-backups.ts';
export type { ComparedKind, CompareOptions, Difference } from './look/compare-backups.ts';
export { findText } from './look/find-text.ts';
export type { FindOptions, TextHit } from './look/find-text.ts';
export { entryAlone, folderView } from './manifest/folder-view.ts';
export { appSizes, domainSizes } from './manifest/apps.ts';
export type { AppSize, DomainSize, SizeOptions } from './manifest/apps.ts';
export { describeDomain, ownerOf } from './manifest/domains.ts';
export type { EntryFilter, FileDetails, FolderEntry, Manifest, ManifestEntry } from './manifest/manifest.ts';
export { fileId } from './manifest/manifest.ts';
export { publishBackup, publishKinds } from './publish/publish-backup.ts';
export type {
  Published,
  PublishedKind,
  PublishKind,
  PublishOptions,
  PublishRequest,
} from './publish/publish-backup.ts';
export type { Attachment } from './records/attachment.ts';
export { readCalendar } from './records/calendar/read-calendar.ts';
export type { CalendarEvent, Reminder } from './records/calendar/calendar-event.ts';
export { readReminders } from './records/calendar/read-reminders.ts';
export { readCalls } from './records/calls/read-calls.ts';
export type { Call } from './records/calls/read-calls.ts';
export type { Contact } from './records/contacts/contact.ts';
export { readContacts } from './records/contacts/read-contacts.ts';
export { appDocuments, onThisPhone, readFiles } from './records/files/read-files.ts';
export type { FileSelection, PhoneFile } from './records/files/read-files.ts';
export { readHealth } from './records/health/read-health.ts';
export type { HealthSummary } from './records/health/read-health.ts';
export type { Chat, ChatMessage, ConversationRecord, Person } from './records/messages/message.ts';
export { readMessages } from './records/messages/read-messages.ts';
export type { Note, NoteObject } from './records/notes/note.ts';
export { readNotes } from './records/notes/read-notes.ts';
export { readPhotos } from './records/photos/read-photos.ts';
export type { Photo } from './records/photos/read-photos.ts';
export type { RecordFilter, RecordOptions } from './records/record-options.ts';
export { readSafari } from './records/safari/read-safari.ts';
export type { SafariRecord } from './records/safari/read-safari.ts';
export { Tally } from './records/tally.ts';
export type { ExportProgress, ExportReport } from './records/tally.ts';
export { readVoiceMemos } from './records/voicemail/read-voice-memos.ts';
export type { VoiceMemo } from './records/voicemail/read-voice-memos.ts';
export { readVoicemail } from './records/voicemail/read-voicemail.ts';
export type { Voicemail } from './records/voicemail/read-voicemail.ts';
export { readWhatsApp } from './records/whatsapp/read-whatsapp.ts';
export { FolderSink, safeName, safePath } from './render/export-sink.ts';
export type { ExportSink, WriteOptions } from './render/export-sink.ts';
export { noteText } from './render/note-render.ts';
export { reportFooter } from './render/report-text.ts';
export { vCard } from './render/vcard.ts';

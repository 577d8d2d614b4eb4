import type { Attachment, WrittenFiles } from '../records/attachment.ts';
import { stateWords } from '../records/attachment.ts';
import type { Reminder } from '../records/calendar/calendar-event.ts';
import type { Call } from '../records/calls/call.ts';
import type { Contact, Labelled, PostalAddress } from '../records/contacts/contact.ts';
import type { PhoneFile } from '../records/files/read-files.ts';
import type { HealthSummary } from '../records/health/read-health.ts';
import type { Photo } from '../records/photos/photo.ts';
import type { SafariRecord } from '../records/safari/read-safari.ts';
import type { Voicemail } from '../records/voicemail/read-voicemail.ts';
import type { VoiceMemo } from '../records/voicemail/read-voice-memos.ts';
import { isShown } from '../render/html.ts';
import type { Column } from '../render/table.ts';
import type { TimeFormat } from '../render/time-format.ts';
import { duration } from '../render/time-format.ts';

/** Where the file of a record went, or why there is none. */
export type FileWords = (file: Attachment) => string;

export const fileWords =
  (written: WrittenFiles): FileWords =>
  (file) =>
    written.get(file) ?? stateWords[file.state];

/** A column that names a file and leads to it. */
const fileColumn = <R>(title: string, written: WrittenFiles, of: (record: R) => Attachment | undefined): Column<R> => {
  const words = fileWords(written);
  return {
    title,
    value: (record) => {
      const file = of(record);
      return file && words(file);
    },
    file: (record) => {
      const file = of(record);
      return file && written.get(file);
    },
  };
};

const yes = (value: boolean): string | undefined => (value ? 'yes' : undefined);

const labelled = (values: readonly Labelled[]): string =>
  values.map(({ label, value }) => (label === '' ? value : `${label}: ${value}`)).join('\n');

const place = ({ postcode, city }: PostalAddress): string => [postcode, city].filter(Boolean).join(' ');

const account = ({
  label,
  value,
}: Labelled<{ readonly service: string; readonly user: string; readonly url?: string }>) => ({
  label: value.service || label,
  value: [value.user, value.url].filter(Boolean).join(' '),
});

export const contactColumns: readonly Column<Contact>[] = [
  { title: 'Name', value: (c) => c.name },
  { title: 'Given name', value: (c) => c.given },
  { title: 'Family name', value: (c) => c.family },
  { title: 'Middle name', value: (c) => c.middle },
  { title: 'Before and after the name', value: (c) => [c.prefix, c.suffix].filter(Boolean).join(', ') },
  { title: 'Nickname', value: (c) => c.nickname },
  { title: 'Former family name', value: (c) => c.formerFamily },
  {
    title: 'Spoken',
    value: (c) =>
      [c.phoneticGiven, c.phoneticMiddle, c.phoneticFamily, c.phoneticOrganization].filter(Boolean).join(' '),
  },
  { title: 'Organisation', value: (c) => c.organization },
  { title: 'Department', value: (c) => c.department },
  { title: 'Job title', value: (c) => c.jobTitle },
  { title: 'Phones', value: (c) => labelled(c.phones) },
  { title: 'E-mails', value: (c) => labelled(c.emails) },
  {
    title: 'Addresses',
    value: (c) =>
      c.addresses
        .map(({ label, value: a }) =>
          [label, a.street, a.subLocality, place(a), a.subAdministrativeArea, a.state, a.country]
            .filter(Boolean)
            .join(', '),
        )
        .join('\n'),
  },
  { title: 'Web', value: (c) => labelled(c.urls) },
  { title: 'Birthday', value: (c) => c.birthday },
  { title: 'Dates', value: (c) => labelled(c.dates) },
  { title: 'Related', value: (c) => labelled(c.related) },
  { title: 'Messengers', value: (c) => labelled(c.instantMessages.map(account)) },
  { title: 'Profiles', value: (c) => labelled(c.profiles.map(account)) },
  { title: 'Note', value: (c) => c.note },
  { title: 'Groups', value: (c) => c.groups.join(', ') },
  { title: 'Account', value: (c) => c.account },
];

const everybody = ({ participants, participantNames }: Call): string[] =>
  participants.map((handle, i) => (participantNames[i] === handle ? handle : `${participantNames[i]} (${handle})`));

export const callColumns = (time: TimeFormat): readonly Column<Call>[] => [
  { title: `Time (${time.zone})`, value: (c) => time.full(c.at) },
  { title: 'Direction', value: (c) => (c.missed ? 'missed' : c.direction) },
  { title: 'With', value: (c) => c.name ?? c.handle },
  { title: 'Handle', value: (c) => c.handle },
  { title: 'Duration', value: (c) => duration(c.durationSeconds) },
  { title: 'Kind', value: (c) => c.kind },
  { title: 'Participants', value: (c) => everybody(c).join('\n') },
  { title: 'Place', value: (c) => c.location },
  { title: 'Country', value: (c) => c.country },
];

export const voicemailColumns = (time: TimeFormat, written: WrittenFiles): readonly Column<Voicemail>[] => [
  { title: `Time (${time.zone})`, value: (v) => time.full(v.at) },
  { title: 'From', value: (v) => v.name ?? v.sender },
  { title: 'Number', value: (v) => v.sender },
  { title: 'Call back', value: (v) => v.callback },
  { title: 'Duration', value: (v) => duration(v.durationSeconds) },
  { title: 'Transcript', value: (v) => v.transcript },
  { title: 'Deleted', value: (v) => yes(v.deleted) },
  fileColumn('File', written, (v) => v.recording),
];

export const voiceMemoColumns = (time: TimeFormat, written: WrittenFiles): readonly Column<VoiceMemo>[] => [
  { title: 'Title', value: (m) => m.title },
  { title: `Time (${time.zone})`, value: (m) => time.full(m.at) },
  { title: 'Duration', value: (m) => duration(m.durationSeconds) },
  { title: 'Deleted', value: (m) => time.full(m.deleted) },
  fileColumn('File', written, (m) => m.recording),
];

/** The edited version is what a person sees on the phone. */
const shownOf = ({ original, edited }: Photo, written: WrittenFiles): string | undefined =>
  [edited, original].flatMap((file) => (file === undefined ? [] : (written.get(file) ?? []))).find(isShown);

export const photoColumns = (time: TimeFormat, written: WrittenFiles): readonly Column<Photo>[] => [
  { ...fileColumn('File', written, (p: Photo) => p.original), picture: (p) => shownOf(p, written) },
  { title: 'Name', value: (p) => p.originalName ?? p.original.name },
  { title: 'Kind', value: (p) => p.kind },
  { title: `Taken (${time.zone})`, value: (p) => time.full(p.taken) },
  { title: 'Albums', value: (p) => p.albums.join('\n') },
  { title: 'Favourite', value: (p) => yes(p.favourite) },
  { title: 'Hidden', value: (p) => yes(p.hidden) },
  { title: 'Recently deleted', value: (p) => (p.recentlyDeleted ? time.full(p.deletedAt) || 'yes' : undefined) },
  { title: 'Latitude', value: (p) => p.place?.latitude },
  { title: 'Longitude', value: (p) => p.place?.longitude },
  fileColumn('Film of a Live Photo', written, (p) => p.movie),
  fileColumn('Edited', written, (p) => p.edited),
  fileColumn('Film of the edited one', written, (p) => p.editedMovie),
];

export const reminderColumns = (time: TimeFormat): readonly Column<Reminder>[] => [
  { title: 'Title', value: (r) => r.title },
  { title: 'Done', value: (r) => yes(r.completed) },
  { title: 'List', value: (r) => r.list },
  { title: 'Part of', value: (r) => r.parentTitle },
  { title: `Due (${time.zone})`, value: (r) => (r.dueAllDay ? r.due?.toISOString().slice(0, 10) : time.full(r.due)) },
  { title: 'Notes', value: (r) => r.notes },
  { title: 'Tags', value: (r) => r.tags.map((tag) => `#${tag}`).join(' ') },
  { title: 'Repeats', value: (r) => yes(r.repeats) },
  { title: 'Flagged', value: (r) => yes(r.flagged) },
  { title: 'Priority', value: (r) => (r.priority === 0 ? undefined : r.priority) },
  { title: `Completed (${time.zone})`, value: (r) => time.full(r.completedAt) },
  { title: 'Deleted', value: (r) => yes(r.deleted) },
];

export const safariColumns = (time: TimeFormat): readonly Column<SafariRecord>[] => [
  { title: 'Kind', value: (r) => r.type },
  { title: 'Title', value: (r) => r.title },
  { title: 'Address', value: (r) => r.url },
  { title: `Time (${time.zone})`, value: (r) => time.full(r.at) },
  { title: 'Folder', value: (r) => ('folders' in r ? r.folders.join(' / ') : undefined) },
  { title: 'Read', value: (r) => ('read' in r && r.read !== undefined ? (r.read ? 'yes' : 'no') : undefined) },
  { title: 'Private', value: (r) => ('private' in r ? yes(r.private === true) : undefined) },
];

export const healthColumns = (time: TimeFormat): readonly Column<HealthSummary>[] => [
  { title: 'Kind', value: (h) => (h.unit === undefined ? h.kind : `${h.kind} (${h.unit})`) },
  { title: 'Samples', value: (h) => h.samples },
  { title: `First (${time.zone})`, value: (h) => time.full(h.first) },
  { title: `Last (${time.zone})`, value: (h) => time.full(h.last) },
  { title: 'Lowest', value: (h) => h.minimum },
  { title: 'Highest', value: (h) => h.maximum },
  { title: 'Average', value: (h) => h.average },
  { title: 'Sum', value: (h) => h.sum },
  { title: 'Hours', value: (h) => h.hours },
];

export const fileColumns = (time: TimeFormat, file: FileWords): readonly Column<PhoneFile>[] => [
  { title: 'Domain', value: (f) => f.domain },
  { title: 'Path', value: (f) => f.path },
  { title: 'Bytes', value: (f) => f.sizeBytes },
  { title: `Changed (${time.zone})`, value: (f) => time.full(f.modified) },
  { title: 'Link to', value: (f) => f.linkTarget },
  { title: 'File', value: (f) => (f.linkTarget === undefined ? file(f.file) : undefined) },
];

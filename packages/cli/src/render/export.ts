import { printable, type ListedSnapshot } from '@triplicate/core';
import type { BackupInfo, ExportReport } from '@triplicate/ios-backup';
import type { Line } from '../json/types.ts';
import { formatCount, formatDuration, formatTimestamp, shortId } from '../output/format.ts';
import type { Style } from '../output/style.ts';

export interface ExportDetails {
  readonly snapshot: ListedSnapshot;
  readonly info: BackupInfo;
  readonly kind: string;
  readonly format: string;
  readonly target: string;
  readonly durationMs: number;
  /** The counts in words, as the exporters close with them. */
  readonly footer: string;
}

/** Whose backup it is, e.g. `Anna's iPhone, iOS 17.4, encrypted`. */
export const phoneWords = ({ deviceName, productVersion, encrypted }: BackupInfo): string =>
  printable(
    [deviceName ?? 'a device without a name', productVersion && `iOS ${productVersion}`, encrypted && 'encrypted']
      .filter(Boolean)
      .join(', '),
  );

export const snapshotWords = ({ id, file }: ListedSnapshot, style: Style): string =>
  `snapshot ${style.code(shortId(id))} of ${formatTimestamp(file.time)}`;

export const formatExport = (report: ExportReport, details: ExportDetails, style: Style): string => {
  const { snapshot, info, kind, format, target, durationMs, footer } = details;
  return [
    `${snapshotWords(snapshot, style)}: ${phoneWords(info)}`,
    whatCame(report, { kind, format, target }, style),
    footer.trimEnd(),
    style.faint(`done in ${formatDuration(durationMs)}`),
  ].join('\n');
};

/** What a kind is called in a sentence, where that is another word. */
const nouns: Readonly<Record<string, string>> = {
  app: 'documents of this app',
  whatsapp: 'WhatsApp',
  'voice-memos': 'voice memos',
};

const whatCame = (
  { unreadable, exported, read }: ExportReport,
  { kind, format, target }: Pick<ExportDetails, 'kind' | 'format' | 'target'>,
  style: Style,
): string => {
  const what = `${kind} as ${format} in ${target}`;
  if (unreadable > 0) return style.caution(`${what}; ${formatCount(unreadable, 'part')} could not be read`);
  if (exported > 0) return style.good(what);
  const noun = nouns[kind] ?? kind;
  const none = read === 0 ? `this backup has no ${noun}` : `nothing of ${noun} was exported`;
  return style.caution(`${none}; ${target} says what was looked at, and has nothing else`);
};

export const exportSummary = (report: ExportReport, details: ExportDetails): Line<'exportSummary'> => ({
  type: 'summary',
  command: 'export',
  snapshot: details.snapshot.id,
  kind: details.kind,
  format: details.format,
  target: details.target,
  ...countsOf(report),
  seconds: details.durationMs / 1000,
});

/** The counts that close every export. */
export const countsOf = ({ sources, read, exported, skipped, gaps, unreadable, files }: ExportReport) => ({
  sources: [...sources],
  read,
  exported,
  skipped: skipped.map((one) => ({ ...one })),
  gaps: [...gaps],
  unreadable,
  files: { written: files.written, missing: files.missing.map((one) => ({ ...one })) },
});

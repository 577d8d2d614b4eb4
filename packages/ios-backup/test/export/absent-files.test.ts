import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportReport, ExportRequest } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { phone } from '../fixtures/phone/phone.ts';
import { pixel } from '../fixtures/phone/times.ts';
import { signal } from '../fixtures/signal.ts';

// Files that the library of photos does not tell of, and files whose content the backup should have and has not.

const domain = 'CameraRollDomain';
const dcim = 'Media/DCIM/100APPLE';
const picture = (path: string): PhoneEntry => ({ domain, path, bytes: Buffer.concat([pixel, Buffer.from(path)]) });

interface Exported {
  readonly report: ExportReport;
  readonly sink: MemorySink;
  readonly json: Record<string, unknown>[];
}

const exported = async (
  entries: readonly PhoneEntry[],
  request: Partial<ExportRequest> & Pick<ExportRequest, 'kind'>,
): Promise<Exported> => {
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  const sink = new MemorySink();
  const report = await exportBackup(backup, { ...request, format: 'json' }, sink, { signal });
  const name = request.kind === 'photos' ? 'photos.json' : 'files.json';
  return { report, sink, json: (JSON.parse(sink.text(name)) as { records: Record<string, unknown>[] }).records };
};

const lose = (path: string): readonly PhoneEntry[] =>
  phone.map((entry) => (entry.path === path ? { ...entry, lost: true } : entry));

it('a picture of the camera roll that the library does not list is exported by its file, and named', async () => {
  const before = await exported(phone, { kind: 'photos' });
  const path = `${dcim}/IMG_9999.JPG`;
  const { report, sink } = await exported([...phone, picture(path)], { kind: 'photos' });
  expect(report).toMatchObject({ read: before.report.read + 1, exported: before.report.exported + 1, unreadable: 0 });
  expect(sink.paths.filter((name) => name.endsWith('/IMG_9999.JPG'))).toHaveLength(1);
  expect(report.gaps).toContain(`${path}: the photo library does not list it; exported by its file alone`);
  expect(before.report.gaps.filter((gap) => gap.includes('does not list'))).toEqual([]);
});

it('the description of an edit beside a picture is counted, and no picture', async () => {
  const { report, sink } = await exported([...phone, picture(`${dcim}/IMG_0002.AAE`)], { kind: 'photos' });
  expect(report.skipped).toContainEqual({ reason: 'describes an edit, and is no picture', count: 1 });
  expect(sink.paths.filter((name) => name.endsWith('.AAE'))).toEqual([]);
});

it('the film of an edited Live Photo is exported beside the edited picture', async () => {
  const edits = `Media/PhotoData/Mutations/DCIM/100APPLE/IMG_0001/Adjustments/FullSizeRender`;
  const entries = [...phone, picture(`${edits}.jpg`), picture(`${edits}.mov`)];
  const { sink, json } = await exported(entries, { kind: 'photos' });
  expect(sink.paths).toEqual(expect.arrayContaining(['2023/IMG_0001 (edited).jpg', '2023/IMG_0001 (edited).mov']));
  expect(sink.text('2023/IMG_0001 (edited).mov')).toContain('FullSizeRender.mov');
  expect(json.find(({ id }) => id === 'UUID-1')).toMatchObject({ editedMovie: { state: 'present' } });
});

it('a picture that the backup lists and does not have is missing and unreadable, and not in iCloud', async () => {
  const path = `${dcim}/IMG_0002.JPG`;
  const { report, json } = await exported(lose(path), { kind: 'photos' });
  expect(report.unreadable).toBe(1);
  expect(report.gaps).toContain(`${domain} ${path}: the backup lists it and does not have its content`);
  expect(json.find(({ id }) => id === 'UUID-2')).toMatchObject({ original: { state: 'missing' } });
  expect(report.files.missing).toContainEqual({ reason: 'listed in the backup, its content is not there', count: 1 });
});

it('a picture that the backup does not list is in iCloud alone, and nothing that could not be read', async () => {
  const without = phone.filter(({ path }) => path !== `${dcim}/IMG_0002.JPG`);
  const { report, json } = await exported(without, { kind: 'photos' });
  expect(report.unreadable).toBe(0);
  expect(json.find(({ id }) => id === 'UUID-2')).toMatchObject({ original: { state: 'icloud' } });
});

it('a file of an app that the backup lists and does not have is unreadable, unless files were not asked for', async () => {
  const entries = [
    { domain: 'AppDomain-com.example.gone', path: 'Documents/only', bytes: Buffer.from('x'), lost: true },
  ];
  const request = { kind: 'app', app: 'com.example.gone' } as const;
  const { report } = await exported(entries, request);
  expect(report).toMatchObject({ exported: 1, unreadable: 1, files: { written: 0 } });
  expect(report.gaps.join()).toContain('Documents/only: the backup lists it and does not have its content');
  expect((await exported(entries, { ...request, attachments: false })).report.unreadable).toBe(0);
});

it('without a library a listed picture that is not there is unreadable too', async () => {
  const path = `${dcim}/IMG_0002.JPG`;
  const entries = lose(path).filter((entry) => !entry.path.endsWith('Photos.sqlite'));
  const { report } = await exported(entries, { kind: 'photos' });
  expect(report.unreadable).toBe(1);
  expect(report.gaps).toContain(`${domain} ${path}: the backup lists it and does not have its content`);
});

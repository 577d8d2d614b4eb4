import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exportBackup, FolderSink, openBackup, publishBackup, restoreFiles } from '../../src/index.ts';
import type { ExportReport, Published, RestoredFiles } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { signal } from '../fixtures/signal.ts';

// Names of a phone that become the same, or those of a folder, where every system has to take them.

const domain = 'AppDomain-com.example.app';
const file = (path: string): PhoneEntry => ({ domain, path: `Documents/${path}`, bytes: Buffer.from(path) });
const folder = (path: string): PhoneEntry => ({ domain, path: `Documents/${path}` });

const alike = ['Meeting 10:30.txt', 'Meeting 10_30.txt', 's?t', 's*t', 's_t', 'Case.txt', 'case.txt'];
const accents = ['café'.normalize('NFC'), 'café'.normalize('NFD')];
const chapters = [file('Chapter 1:'), folder('Chapter 1_'), file('Chapter 1_/text'), file('later')];

let to: string;
beforeEach(async () => {
  to = await mkdtemp(join(tmpdir(), 'names-'));
});
afterEach(() => rm(to, { recursive: true }));

const restore = async (
  entries: readonly PhoneEntry[],
  overwrite: 'always' | 'if-changed' | 'never' = 'if-changed',
): Promise<RestoredFiles & { readonly told: string[] }> => {
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  const told: string[] = [];
  const onProblem = (_: unknown, { message }: Error): void => void told.push(message);
  const request = { places: [], target: to, overwrite, dryRun: false, progress: () => undefined, onProblem, signal };
  return { ...(await restoreFiles(backup, request)), told };
};

const exported = async (entries: readonly PhoneEntry[]): Promise<ExportReport> => {
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  return await exportBackup(backup, { kind: 'app', app: 'com.example.app' }, new FolderSink(to), { signal });
};

const published = async (entries: readonly PhoneEntry[]): Promise<Published> => {
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  return await publishBackup(backup, { to, what: ['documents'], apps: ['com.example.app'] }, { signal });
};

/** What stands below a folder of the target: the name on disk, and what is in it, which is the name on the phone. */
const found = async (below: string): Promise<Record<string, string>> => {
  const entries = await readdir(join(to, below), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files.map(async (place) => [place.slice(join(to, below).length + 1), await readFile(place, 'utf8')]);
  return Object.fromEntries((await Promise.all(read)) as [string, string][]) as Record<string, string>;
};

const distinct = {
  'Meeting 10_30.txt': 'Meeting 10_30.txt',
  'Meeting 10_30 (2).txt': 'Meeting 10:30.txt',
  s_t: 's_t',
  's_t (2)': 's*t',
  's_t (3)': 's?t',
  'Case.txt': 'Case.txt',
  'case (2).txt': 'case.txt',
  ['café'.normalize('NFC')]: 'café'.normalize('NFC'),
  ['café (2)'.normalize('NFC')]: 'café'.normalize('NFD'),
};

it('a restore writes every file of names that become the same, and counts those it changed', async () => {
  const result = await restore([...alike, ...accents].map(file));
  expect(await found(`${domain}/Documents`)).toEqual(distinct);
  expect(result).toMatchObject({ files: 9, renamed: 5, problems: 0 });
});

it('a second restore finds the same files under the same names', async () => {
  await restore([...alike, ...accents].map(file));
  expect(await restore([...alike, ...accents].map(file))).toMatchObject({ files: 0, skipped: 9, renamed: 5 });
  expect(await found(`${domain}/Documents`)).toEqual(distinct);
});

const aside = { 'Chapter 1_ (2)': 'Chapter 1:', 'Chapter 1_/text': 'Chapter 1_/text', later: 'later' };

it('a file whose name becomes that of a folder is restored beside it', async () => {
  expect(await restore(chapters)).toMatchObject({ files: 3, renamed: 1, problems: 0 });
  expect(await found(`${domain}/Documents`)).toEqual(aside);
});

it('what stands in the way in the target is told, and the rest is restored', async () => {
  const documents = join(to, domain, 'Documents');
  await mkdir(join(documents, 'later'), { recursive: true });
  await writeFile(join(documents, 'a'), 'somebody else');
  const result = await restore([file('a/b'), file('later'), file('z')]);
  expect(result).toMatchObject({ files: 1, problems: 2 });
  expect(result.told).toEqual([
    expect.stringMatching(/a file stands where .*Documents\/a" has to be a folder/),
    expect.stringMatching(/a folder stands where .*Documents\/later" has to be a file/),
  ]);
  expect(await found(`${domain}/Documents`)).toEqual({ a: 'somebody else', z: 'z' });
});

it('an export writes a file whose name becomes that of a folder beside it', async () => {
  expect(await exported(chapters)).toMatchObject({ unreadable: 0, files: { written: 3, missing: [] } });
  expect(await found('files/Documents')).toEqual(aside);
});

it('an export goes around a file that stands where a folder has to be', async () => {
  await writeFile(join(to, 'files'), 'somebody else');
  expect(await exported(chapters)).toMatchObject({ unreadable: 0, files: { written: 3, missing: [] } });
  expect(await found('files (2)/Documents')).toEqual(aside);
});

it('a plain folder has a file whose name becomes that of a folder beside it, and is not touched the next time', async () => {
  const [first] = (await published(chapters)).kinds;
  expect(first).toMatchObject({ error: undefined, foreign: 0 });
  expect(await found(join('Documents', 'com.example.app', 'files', 'Documents'))).toEqual(aside);
  const [again] = (await published(chapters)).kinds;
  expect(again).toMatchObject({ error: undefined, written: 0, removed: 0, foreign: 0 });
});

it('a plain folder goes around a file of somebody else that stands where a folder has to be', async () => {
  await writeFile(join(to, 'Documents'), 'somebody else');
  const [first] = (await published(chapters)).kinds;
  expect(first).toMatchObject({ error: undefined });
  expect(await found(join('Documents (2)', 'com.example.app', 'files', 'Documents'))).toEqual(aside);
  const [again] = (await published(chapters)).kinds;
  expect(again).toMatchObject({ error: undefined, written: 0, removed: 0 });
  expect(await readFile(join(to, 'Documents'), 'utf8')).toBe('somebody else');
});

it('a plain folder follows a file of the phone that became a folder', async () => {
  await published([file('a'), file('z')]);
  expect((await published([file('a/b'), file('z')])).kinds[0]).toMatchObject({ error: undefined });
  expect((await published([file('a/b'), file('z')])).kinds[0]).toMatchObject({ error: undefined });
  expect(await found(join('Documents', 'com.example.app', 'files', 'Documents'))).toEqual({ 'a/b': 'a/b', z: 'z' });
});

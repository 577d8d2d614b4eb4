/** A restore test: files drawn by chance come back from each destination alone, and are compared with what was backed up. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { textFromBytes } from '../bytes.ts';
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { compareFile } from '../proof/compare.ts';
import { databaseProblem, isDatabase } from '../proof/databases.ts';
import { manifestProblems, type OpenManifest } from '../proof/manifest.ts';
import { sampleFiles, type SampledFile } from '../proof/sample.ts';
import { restoreToFolder } from '../restore/restore.ts';
import { isWhole } from '../retention/group.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { requireNames } from './check.ts';
import { noteInCatalog } from './note.ts';
import type { Pipeline } from './pipeline.ts';
import { Session } from './session.ts';

export interface ProofRequest {
  readonly only?: ReadonlySet<string>;
  /** How many files of each source; 20 by default. */
  readonly files?: number;
  readonly random: () => number;
  /** Absolute path of a folder that does not exist yet; it is removed afterwards. */
  readonly scratch: string;
  /** Looks into the Manifest of a backup that a phone encrypted. */
  readonly openManifest?: OpenManifest;
}

export interface ProofResult {
  readonly destination: string;
  readonly status: 'proven' | 'disproven' | 'failed' | 'skipped' | 'locked';
  readonly snapshots: number;
  readonly files: number;
  readonly bytes: number;
  /** Each names a file and what is wrong with it. */
  readonly problems: readonly string[];
  readonly error?: BackupError;
}

const usualFiles = 20;
/** Larger files are left to the check of packs. */
const mostBytes = 256 * 1024 * 1024;

export const proof = async (pipeline: Pipeline, request: ProofRequest): Promise<readonly ProofResult[]> => {
  requireNames(pipeline, request.only);
  const results: ProofResult[] = [];
  for (const { name } of pipeline.destinations.filter((one) => request.only?.has(one.name) ?? true)) {
    const result = await proveOne(pipeline, name, request);
    results.push(result);
    if (result.status !== 'proven' && result.status !== 'disproven') continue;
    const { files, bytes, problems } = result;
    const at = pipeline.clock.now().getTime();
    const proof = { destination: name, at, passed: problems.length === 0, files, bytes, problems };
    noteInCatalog(pipeline, (catalog) => catalog.addProof(proof));
  }
  return results;
};

const nothing = { snapshots: 0, files: 0, bytes: 0, problems: [] };

const proveOne = async (pipeline: Pipeline, name: string, request: ProofRequest): Promise<ProofResult> => {
  try {
    await using session = await Session.open(pipeline, { lock: 'reading', only: new Set([name]) });
    const problems = session.badSnapshots
      .filter(({ error }) => error.code === 'CORRUPT')
      .map(({ error }) => error.message);
    const total = { snapshots: 0, files: 0, bytes: 0 };
    const newest = newestOfEach(session.snapshots);
    if (newest.length === 0 && problems.length === 0)
      return { destination: name, status: 'skipped', ...nothing, error: nothingToTest(name) };
    for (const snapshot of newest) {
      const tested = await testOrBlame(session, snapshot, { ...request, problems });
      total.snapshots += 1;
      total.files += tested.files;
      total.bytes += tested.bytes;
    }
    return { destination: name, status: problems.length === 0 ? 'proven' : 'disproven', ...total, problems };
  } catch (cause) {
    throwIfAborted(pipeline.signal);
    const error = toBackupError(cause).with({ destination: name });
    const removable = pipeline.destinations.find((one) => one.name === name)?.removable === true;
    const away = removable && (error.code === 'UNAVAILABLE' || error.code === 'NO_REPOSITORY');
    const status = away ? 'skipped' : error.code === 'LOCKED' ? 'locked' : 'failed';
    return { destination: name, status, ...nothing, error };
  }
};

/** What holds nothing has shown nothing: it keeps the date of its last test, if it had one. */
const nothingToTest = (name: string): BackupError =>
  new BackupError('NOT_FOUND', 'no complete snapshot is there, so nothing was tested', {
    hint: `run \`triplicate sync ${name}\` to bring it up to the others, and test it then`,
    context: { destination: name },
  });

/** The newest whole snapshot of each source. */
const newestOfEach = (snapshots: readonly ListedSnapshot[]): ListedSnapshot[] => [
  ...new Map(
    snapshots
      .filter(({ file }) => isWhole(file))
      .map((snapshot) => [snapshot.source ?? snapshot.file.paths.join('\n'), snapshot]),
  ).values(),
];

interface Test extends ProofRequest {
  readonly problems: string[];
}

/** What is damaged or gone there before a file can be drawn is a test that failed as well, not one that could not be made. */
const testOrBlame: typeof testSnapshot = async (session, snapshot, test) => {
  try {
    return await testSnapshot(session, snapshot, test);
  } catch (cause) {
    throwIfAborted(session.pipeline.signal);
    const { code, message } = toBackupError(cause);
    if (code !== 'CORRUPT' && code !== 'NOT_FOUND' && code !== 'INVALID_RANGE') throw cause;
    test.problems.push(`snapshot ${snapshot.id.slice(0, 8)}: ${message}`);
    return { files: 0, bytes: 0 };
  }
};

const testSnapshot = async (
  session: Session,
  snapshot: ListedSnapshot,
  { files: count = usualFiles, random, scratch, openManifest, problems }: Test,
): Promise<{ files: number; bytes: number }> => {
  const { trees, pipeline } = session;
  const { tree } = snapshot.file;
  const drawn = await sampleFiles({ trees, tree }, { count, mostBytes, random });
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const say = (file: string, what: string): void =>
    void problems.push(`${file} of ${snapshot.id.slice(0, 8)}: ${what}`);
  try {
    const report = await restoreToFolder(session.reader(snapshot), scratch, {
      paths: drawn.map(({ path }) => path),
      owners: 'never',
      signal: pipeline.signal,
    });
    const failed = new Set(report.problems.map(({ path }) => path));
    for (const { path, error } of report.problems) say(textFromBytes(path), error.message);
    for (const one of drawn.filter(({ path }) => !failed.has(path))) {
      throwIfAborted(pipeline.signal);
      const wrong = await testFile(join(scratch, Buffer.from(one.path, 'latin1').toString('utf8')), one, session);
      if (wrong !== undefined) say(textFromBytes(one.path), wrong);
    }
    for (const what of await manifestProblems(session, snapshot, { scratch, openManifest })) say('Manifest.db', what);
    return { files: drawn.length, bytes: report.bytes };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** A name that is not UTF-8 is restored in its bytes; such a file is judged by the restore alone. */
const testFile = async (file: string, one: SampledFile, session: Session): Promise<string | undefined> => {
  if (Buffer.from(one.path, 'latin1').toString('utf8').includes('\uFFFD')) return undefined;
  try {
    const wrong = await compareFile(file, one, session.blobs);
    if (wrong !== undefined || !isPhoneFile(one) || !(await isDatabase(file))) return wrong;
    return databaseProblem(file);
  } catch (error) {
    throwIfAborted(session.pipeline.signal);
    return toBackupError(error).message;
  }
};

/** Databases elsewhere may be in the middle of their work; a phone backs its own up whole. */
const isPhoneFile = ({ path }: SampledFile): boolean => path.startsWith('MobileSync/');

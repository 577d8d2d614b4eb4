import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { noRadosgw } from '../test/servers/radosgw.ts';
import { filesBelow, warm } from './data/files.ts';
import { fullSizes, quickSizes, uploadSizes } from './data/sizes.ts';
import { writeMixed, writeWide } from './data/write-data.ts';
import type { BenchOptions } from './options.ts';
import { placesFor, type Place } from './places.ts';
import { comparisons } from './report/comparisons.ts';
import { thisMachine } from './report/machine.ts';
import { rowsOf } from './report/rows.ts';
import { renderTable } from './report/table.ts';
import { writeReport, type PlaceResult } from './report/write-report.ts';
import { indexLine, scaleComparisons, scaleWorks } from './scale/scale-works.ts';
import { fullScale, quickScale } from './scale/sizes.ts';
import { Borg } from './tools/borg.ts';
import { run } from './tools/measure.ts';
import { password } from './tools/password.ts';
import { findBorg, findRestic, findTool, Restic, scryptCosts, type Tool } from './tools/restic.ts';
import { triplicateVersion } from './tools/triplicate.ts';
import { againBackups } from './works/again.ts';
import { Bench } from './works/bench.ts';
import { catchUps } from './works/catch-up.ts';
import { firstBackups } from './works/first-backup.ts';
import { phoneBackups } from './works/phone.ts';
import { readings } from './works/reading.ts';
import { startUps } from './works/start-up.ts';
import { s3Uploads } from './works/upload-s3.ts';
import { wideBackups } from './works/wide.ts';

export interface Voice {
  readonly result: (text: string) => void;
  readonly say: (text: string) => void;
}

interface Tools {
  readonly restic: Tool | undefined;
  readonly borg: Tool | undefined;
}

/** Everything from building to the report. Throws when a program fails, or restic finds a mistake in what was written. */
export const runBench = async (options: BenchOptions, voice: Voice): Promise<void> => {
  if (options.build) await build();
  const machine = thisMachine();
  const tools: Tools = { restic: await findRestic(), borg: await findBorg() };
  if (tools.restic === undefined) voice.say('restic is not installed: there will be nothing to compare with');
  const versions = { triplicate: (await run(triplicateVersion)).trim(), ...versionsOf(tools) };
  const places: PlaceResult[] = [];
  const measured: string[] = [];
  let resticsOwn: readonly string[] = [];
  for (const place of placesFor(options.disk)) {
    voice.result(`\ndestinations on ${place.name}`);
    const result = await measurePlace(place, { options, tools, voice, scrypt: measured });
    if (tools.restic) resticsOwn = await resticCalibrates(tools.restic, place);
    voice.result(renderTable(result.rows));
    places.push(result);
  }
  const scrypt = { measured: [...new Set(measured)], resticsOwn };
  voice.result(`\nscrypt: ${scrypt.measured.join('; ')} for everyone; restic init chooses ${resticsOwn.join('; ')}`);
  const report = { when: new Date().toISOString(), machine, options, versions, scrypt, places };
  voice.result(`written: ${writeReport(report).join(' ')}`);
};

const build = async (): Promise<void> => {
  const root = resolve(import.meta.dirname, '..');
  await run({ program: join(root, 'node_modules', '.bin', 'tsc'), args: ['-b', join(root, 'packages/cli')] });
  await run({ program: process.execPath, args: [join(root, 'scripts/bundle.ts')] });
};

const versionsOf = ({ restic, borg }: Tools): Readonly<Record<string, string>> => ({
  ...(restic && { restic: restic.version }),
  ...(borg && { borg: borg.version }),
});

interface Means {
  readonly options: BenchOptions;
  readonly tools: Tools;
  readonly voice: Voice;
  /** Gets what the key files ask for. */
  readonly scrypt: string[];
}

const measurePlace = async (place: Place, { options, tools, voice, scrypt }: Means): Promise<PlaceResult> => {
  const sizes = options.quick ? quickSizes : fullSizes;
  const home = mkdtempSync(join(place.folder, 'triplicate-bench-'));
  const source = mkdtempSync(join(tmpdir(), 'triplicate-bench-data-'));
  try {
    const { seed, rounds } = options;
    const restic = tools.restic && new Restic(tools.restic, writePassword(home));
    const borg = tools.borg && new Borg(tools.borg, join(home, 'borg-home'));
    const bench = new Bench({ home, sizes, seed, rounds, restic, borg, say: voice.say });
    const result = () => ({ place: place.name, rows: rowsOf(comparisons, bench.samples), samples: bench.samples });
    if (options.s3) {
      await uploads(bench, join(source, 'upload'), options);
      return result();
    }
    if (options.phone) {
      await phoneBackups(bench);
      return result();
    }
    if (options.scale) {
      const scale = await scaleWorks(bench, source, options.quick ? quickScale : fullScale);
      scrypt.push(...scale.scrypt);
      voice.result(indexLine(scale.index));
      return { ...result(), rows: rowsOf(scaleComparisons(bench.samples), bench.samples), scale };
    }
    await startUps(bench);
    const mixed = join(source, 'mixed');
    writeMixed(mixed, sizes, seed);
    scrypt.push(...(await mixedWorks(bench, mixed)));
    rmSync(mixed, { recursive: true });
    const wide = join(source, 'wide');
    writeWide(wide, sizes.wide, seed);
    warm(wide);
    await wideBackups(bench, wide);
    await phoneBackups(bench);
    return result();
  } finally {
    for (const folder of [home, source]) rmSync(folder, { recursive: true, force: true });
  }
};

const uploads = async (bench: Bench, data: string, { quick, seed }: BenchOptions): Promise<void> => {
  if (noRadosgw !== undefined) throw new Error(noRadosgw);
  writeMixed(data, quick ? quickSizes : uploadSizes, seed);
  warm(data);
  await s3Uploads(bench, data, (await findTool(['rclone'], 'version'))?.program);
};

/** All that is done with photos, app data and messages; gives what the key files ask of scrypt. */
const mixedWorks = async (bench: Bench, data: string): Promise<readonly string[]> => {
  warm(data);
  bench.parts.say(`${filesBelow(data).length} files of mixed data`);
  const filled = await firstBackups(bench, data);
  const scrypt = ['a', 'peer-1'].flatMap((name) => scryptCosts(filled.one.repository(name)));
  await catchUps(bench, filled);
  await readings(bench, filled, data);
  await againBackups(bench, filled, data);
  return scrypt;
};

const writePassword = (folder: string): string => {
  const file = join(folder, 'password');
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return file;
};

/** What restic asks of scrypt where it makes the repository itself. */
const resticCalibrates = async (tool: Tool, place: Place): Promise<readonly string[]> => {
  const folder = mkdtempSync(join(place.folder, 'triplicate-bench-init-'));
  try {
    const repository = join(folder, 'repository');
    await run(new Restic(tool, writePassword(folder)).command(repository, 'init'));
    return scryptCosts(repository);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

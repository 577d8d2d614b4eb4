/**
 * A real tree and a folder of hard cases to three destinations in one run, judged by stock restic, restored from each by it and by us, and
 * compared entry by entry. COUNT is the size of the hard cases in per cent.
 */
import { lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHardTree } from '../kit/hard-tree.ts';
import { type Ended, saidOf, triplicate, writeConfig } from '../kit/program.ts';
import { isAtLeast, restic, type Restic, restics } from '../kit/restic.ts';
import { compareRecords, countsOf, recordTree, type TreeRecord } from '../kit/tree-record.ts';
import type { Campaign } from './main.ts';
import { unreadable } from './unreadable.ts';

const destinations = ['a', 'b', 'c'] as const;
const mostLines = 20;

export const hardcases: Campaign = async (percent, seed, { tree, scratch }) => {
  const home = realpathSync(mkdtempSync(join(scratch ?? tmpdir(), 'triplicate-hard-')));
  try {
    const hard = join(home, 'hard');
    writeHardTree(hard, { percent, seed });
    const sources = new Map([tree ?? '/usr', hard].map((path) => [realpathSync(path), recordTree(path)]));
    for (const [path, record] of sources) say(`${path}: ${listed(countsOf(record))}`);
    const work = new Work(home, sources);
    await work.backUp();
    for (const judge of restics) await work.check(judge);
    for (const [i, destination] of destinations.entries()) {
      const judge = restics[i % Math.max(1, restics.length)];
      if (judge) await work.restoreByRestic(destination, judge);
      await work.restoreByUs(destination);
    }
    work.wrong.push(...(await unreadable(home)));
    for (const line of work.wrong) say(`WRONG: ${line}`);
    return work.wrong.length === 0;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');

class Work {
  readonly #home: string;
  readonly #sources: ReadonlyMap<string, TreeRecord>;
  readonly wrong: string[] = [];

  constructor(home: string, sources: ReadonlyMap<string, TreeRecord>) {
    this.#home = home;
    this.#sources = sources;
  }

  async backUp(): Promise<void> {
    for (const name of destinations) mkdirSync(join(this.#home, name));
    const places = destinations.map((name) => [name, `{ type: local, path: ./${name} }`] as const);
    writeConfig(this.#home, { paths: [...this.#sources.keys()], destinations: Object.fromEntries(places), quorum: 3 });
    this.#expect('init', await triplicate(this.#home, ['init']));
    const backup = await triplicate(this.#home, ['--json', 'backup']);
    this.#expect('backup', backup);
    say(`backup: exit ${backup.code}, ${JSON.stringify(saidOf(backup))}, ${seconds(backup.milliseconds)}`);
  }

  #expect(what: string, { code, talk }: Ended): void {
    if (code !== 0) this.wrong.push(`${what} ended with ${code}: ${talk.slice(0, 2000)}`);
  }

  async check({ program, version }: Restic): Promise<void> {
    for (const name of destinations) {
      const { code, out } = await restic(join(this.#home, name), ['check', '--read-data'], program);
      if (code !== 0) this.wrong.push(`check of ${name} by ${version}: ${out.slice(0, 2000)}`);
      say(`check --read-data of ${name} by ${version}: ${code === 0 ? 'no errors' : 'ERRORS'}`);
    }
  }

  async restoreByRestic(name: string, judge: Restic): Promise<void> {
    const to = join(this.#home, 'restored');
    const { code, out } = await restic(join(this.#home, name), ['restore', 'latest', '--target', to], judge.program);
    if (code !== 0) this.wrong.push(`restore from ${name} by ${judge.version}: ${out.slice(0, 2000)}`);
    this.#compare(to, `restored from ${name} by ${judge.version}`, (line) => knownOf(judge, line));
    rmSync(to, { recursive: true });
  }

  async restoreByUs(name: string): Promise<void> {
    const to = join(this.#home, 'restored');
    const ended = await triplicate(this.#home, ['restore', 'latest', '--to', to, '--from', name]);
    this.#expect(`restore from ${name}`, ended);
    this.#compare(to, `restored from ${name} by us in ${seconds(ended.milliseconds)}`, () => false);
    const { size, blocks } = lstatSync(join(to, this.#home, 'hard/large/sparse'));
    say(`  the sparse file has ${size} bytes and takes ${blocks * 512}`);
    rmSync(to, { recursive: true });
  }

  #compare(to: string, what: string, isKnown: (line: string) => boolean): void {
    for (const [path, record] of this.#sources) {
      const found = compareRecords(record, recordTree(join(to, path)));
      const own = found.filter((line) => !isKnown(line));
      say(
        `${what}: ${record.size} entries of ${path}, ${own.length} differences${found.length > own.length ? `, and ${found.length - own.length} that this version is known for` : ''}`,
      );
      this.wrong.push(...own.slice(0, mostLines).map((line) => `${what}: ${line}`));
    }
  }
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** What a version of restic does not bring back from a repository of its own either. */
const knownOf = (judge: Restic, line: string): boolean =>
  // Targets that are not UTF-8 are kept since 0.16.
  !isAtLeast(judge, '0.16') && line.startsWith('link: ') && line.includes('\u00ff');

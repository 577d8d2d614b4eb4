/** Where a run stands before it is killed: folders that were backed up, three replicas, and what is left to do. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { forget, type Pipeline } from '@triplicate/core';
import { init, run } from '../kit/commands.ts';
import { harm, objectsOf } from '../kit/damage.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { seededBytes, writeSampleTree } from '../kit/sample-tree.ts';

export type Command = 'backup' | 'sync' | 'heal' | 'prune';
export type ScenarioName = 'first backup' | 'backup' | 'sync' | 'heal' | 'salvage' | 'prune';
export const destinations = ['a', 'b', 'c'] as const;
/** Small, so that even a small backup has several. */
export const packBytes = 256 * 1024;
const sourceNames = ['one', 'two'] as const;

export interface Scenario {
  readonly name: ScenarioName;
  readonly command: Command;
  /** Holds the replicas and the state; is copied for every kill. */
  readonly template: string;
  readonly sources: Readonly<Record<string, readonly string[]>>;
  /** Snapshots that were there before, of the first state of the folders; every other one is of the second. */
  readonly old: ReadonlySet<string>;
  /** Replicas that nothing is wrong with. */
  readonly sound: readonly string[];
  /** The folder as it was when a snapshot of this source was made. */
  readonly expected: (snapshot: string, source: string) => string;
}

/** The folders of two sources in their first state (`v1`) and in their second (`live`). */
export class Trees {
  readonly #root: string;
  readonly sources: Readonly<Record<string, readonly string[]>>;

  constructor(root: string) {
    this.#root = root;
    this.sources = Object.fromEntries(sourceNames.map((name) => [name, [join(root, 'live', name)]]));
    writeSampleTree(join(root, 'live', 'one'), { seed: 1, folders: 2, filesInFolder: 12, largeBytes: 700_000 });
    writeSampleTree(join(root, 'live', 'two'), { seed: 2, folders: 2, filesInFolder: 5, largeBytes: 500_000 });
    copyTree(join(root, 'live'), join(root, 'v1'));
  }

  /** Brings the live folders to their second state. */
  change(): void {
    for (const [i, name] of sourceNames.entries()) {
      const folder = join(this.#root, 'live', name);
      mkdirSync(join(folder, 'new', 'deep'), { recursive: true });
      for (let n = 0; n < 2; n += 1)
        writeFileSync(join(folder, 'new', 'deep', `file ${n}`), seededBytes(500 + i * 10 + n, 400_000));
      writeFileSync(join(folder, 'folder 0', 'large'), seededBytes(600 + i, 500_000));
      rmSync(join(folder, 'folder 1', 'inner', 'file-3'));
    }
  }

  path(version: 'v1' | 'live', source: string): string {
    return join(this.#root, version, source);
  }
}

export const pipelineOf = (
  home: string,
  sources: Scenario['sources'],
  names: readonly string[] = destinations,
): Pipeline => localPipeline({ home, sources, destinations: names, over: { packBytes } });

/** Each is made once, in a folder of its own below `root`; all of them share the trees. */
export const createScenarios = async (root: string, names: readonly ScenarioName[]): Promise<readonly Scenario[]> => {
  const trees = new Trees(root);
  const base = join(root, 'base');
  await init(pipelineOf(base, trees.sources));
  const empty = copyTree(base, join(root, 'first backup'));
  const first = await run(pipelineOf(base, trees.sources));
  const old = new Set(first.sources.flatMap(({ snapshot }) => snapshot ?? []));
  trees.change();
  const scenarios: Scenario[] = [];
  for (const name of names) {
    const template = name === 'first backup' ? empty : copyTree(base, join(root, name));
    await prepare[name](template, trees);
    scenarios.push({
      name,
      template,
      command: commandOf[name],
      sources: trees.sources,
      old,
      sound: name === 'heal' ? ['a'] : name === 'salvage' ? [] : destinations,
      expected: (snapshot, source) => trees.path(old.has(snapshot) ? 'v1' : 'live', source),
    });
  }
  return scenarios;
};

/** With times to the nanosecond, which Node's own copy rounds. */
export const copyTree = (from: string, to: string): string => {
  execFileSync('cp', ['-a', from, to]);
  return to;
};

const commandOf: Readonly<Record<ScenarioName, Command>> = {
  'first backup': 'backup',
  backup: 'backup',
  sync: 'sync',
  heal: 'heal',
  salvage: 'heal',
  prune: 'prune',
};

const prepare: Readonly<Record<ScenarioName, (home: string, trees: Trees) => Promise<void>>> = {
  'first backup': () => Promise.resolve(),
  backup: () => Promise.resolve(),
  /** c was lost before the second run and is new. */
  async sync(home, { sources }) {
    rmSync(join(home, 'c'), { recursive: true });
    await run(pipelineOf(home, sources, ['a', 'b']));
    await init(pipelineOf(home, sources));
  },
  /** b and c are damaged, each in something else; a is whole. */
  async heal(home, { sources }) {
    await run(pipelineOf(home, sources));
    const [b, c] = [join(home, 'b'), join(home, 'c')];
    const packs = objectsOf(b, 'data').map((path) => path.slice(b.length));
    const at = (i: number): string => packs[i % packs.length] ?? '';
    harm(b + at(0), 'flip', 0.4);
    harm(b + at(2), 'missing', 0);
    harm(objectsOf(b, 'index')[0] ?? '', 'truncate', 0.5);
    harm(objectsOf(b, 'snapshots')[0] ?? '', 'zero', 0);
    harm(c + at(1), 'truncate', 0.7);
    harm(c + at(3), 'zero', 0.1);
    harm(objectsOf(c, 'index')[1] ?? '', 'missing', 0);
    harm(objectsOf(c, 'snapshots')[1] ?? '', 'flip', 0.5);
  },
  /** The first snapshots are forgotten; their packs are needed in part. */
  async prune(home, { sources }) {
    await run(pipelineOf(home, sources));
    await forget(pipelineOf(home, sources), { policy: { last: 1 }, dryRun: false });
  },
  /** The headers of two packs are damaged everywhere; their blobs are whole. */
  async salvage(home, { sources }) {
    await run(pipelineOf(home, sources));
    for (const name of destinations) {
      const packs = objectsOf(join(home, name), 'data');
      harm(packs[1] ?? '', 'flip', 0.99999);
      harm(packs[4] ?? '', 'flip', 0.99999);
    }
  },
};

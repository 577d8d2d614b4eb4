/** A prune that is killed at any moment, not only between two operations. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { prune, Session } from '@triplicate/core';
import { restoreFolder } from '../kit/commands.ts';
import { complaints } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { type Churned, pipelineOver } from './churned.ts';
import { copyTree } from './scenario.ts';

const child = join(import.meta.dirname, 'prune-child.ts');

export interface Ran {
  readonly killed: boolean;
  /** Since it said that it begins. */
  readonly milliseconds: number;
}

/** `killAfter`: milliseconds from the beginning of the prune. */
export const runPrune = (home: string, live: string, killAfter?: number): Promise<Ran> => {
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  const process_ = spawn(process.execPath, ['--conditions=@triplicate/source', '--no-warnings', child, home, live], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let began = 0;
  process_.stdout.once('data', () => {
    began = performance.now();
    if (killAfter !== undefined) setTimeout(() => process_.kill('SIGKILL'), killAfter);
  });
  process_.once('error', reject);
  process_.once('exit', (code, signal) => {
    if (code === 0 || signal === 'SIGKILL')
      resolve({ killed: signal === 'SIGKILL', milliseconds: performance.now() - began });
    else reject(new Error(`the prune failed by itself with exit code ${code}`));
  });
  return promise;
};

export interface PruneKill extends Ran {
  /** Everything that does not hold; empty when all is well. */
  readonly wrong: readonly string[];
  readonly restored: number;
}

/** Kills one prune of a copy, and looks at once and after the next one. */
export const killPrune = async ({ home, live, states }: Churned, killAfter: number): Promise<PruneKill> => {
  const copy = copyTree(home, `${home} killed`);
  const replica = join(copy, 'a');
  const pipeline = pipelineOver(copy, live);
  const wrong: string[] = [];
  try {
    const ran = await runPrune(copy, live, killAfter);
    wrong.push(...(await complaints([replica], ['check', '--no-lock'])));
    wrong.push(...(await restoreEach(copy, { live, states })));
    const [again] = await prune(pipeline, { dryRun: false });
    if (again?.status !== 'pruned') wrong.push(`the next prune ended as ${again?.status}: ${again?.error?.message}`);
    wrong.push(...(await complaints([replica], ['check', '--read-data'])));
    return { ...ran, wrong, restored: states.size };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
};

const restoreEach = async (home: string, { live, states }: Pick<Churned, 'live' | 'states'>): Promise<string[]> => {
  const wrong: string[] = [];
  const pipeline = pipelineOver(home, live);
  {
    // Looked at without a lock, so that the one that the killed process left stays for the next run to find.
    await using session = await Session.open(pipeline, { lock: 'read' });
    const listed = new Set(session.snapshots.map(({ id }) => id));
    for (const id of states.keys()) if (!listed.has(id)) wrong.push(`${id.slice(0, 8)} is not listed any more`);
  }
  for (const [id, state] of states) {
    const to = `${home} restored`;
    const { problems } = await restoreFolder(pipeline, { snapshot: id, folder: live, to });
    const found = [...problems.map(({ path, error }) => `${path}: ${error.message}`), ...differences(state, to)];
    if (found.length > 0) wrong.push(`${id.slice(0, 8)}: ${found.slice(0, 5).join('; ')}`);
    rmSync(to, { recursive: true, force: true });
  }
  return wrong;
};

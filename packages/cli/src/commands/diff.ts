import type { Difference } from '@triplicate/core';
import { openSession } from '../compose/open-session.ts';
import { exitCodes } from '../exit-codes.ts';
import { addLogicalOptions, refuseInside, type InsideFlags } from '../inside/inside-flags.ts';
import { defineCommand } from '../program/command.ts';
import { changeLine, diffSummary, formatChange, formatDiffSummary, newDiffCounts } from '../render/diff.ts';

interface DiffFlags extends InsideFlags {
  readonly logical?: boolean;
  readonly attributes?: boolean;
}

export const command = defineCommand<DiffFlags>({
  description:
    'Tells what was added (+), removed (-) and changed (M) from one snapshot to another. With --attributes also what has other times, modes, ' +
    'owners or extended attributes, such as ACLs and capabilities (T). With --logical what happened in a phone, as a person would say it: messages, contacts, photos, apps …',
  examples: [
    ['diff 4f1b 57b5', 'between two snapshots'],
    ['diff 2026-11-01 latest /home/anna/Documents', 'what happened in one folder since then'],
    ['diff --logical 2026-11-01 latest:annas-iphone', 'what is new, changed and deleted on the phone since then'],
  ],
  exits: [1, 2, 10, 12],
  onlyPrints: true,
  configure: (command) =>
    void addLogicalOptions(command)
      .argument('<before>', 'beginning of an id, latest, latest:SOURCE, or a date')
      .argument('<after>', 'the other one, written likewise')
      .argument('[path]', 'only this folder or file')
      .option('--attributes', 'also what has only other attributes'),
  async run(context, { args: [before, after, path], options }) {
    if (options.logical === true) {
      const { diffLogical } = await import('../inside/diff-logical.ts');
      return diffLogical(context, { before: String(before), after: String(after), path, flags: options });
    }
    await refuseInside(options);
    const { diffSnapshots, findSnapshot } = await import('@triplicate/core');
    const { typedPathOf } = await import('../program/tree-path.ts');
    const { output, signal } = context;
    await using session = await openSession(context);
    const [old, now] = [before, after].map((wanted) => findSnapshot(session.snapshots, String(wanted)));
    if (!old || !now) return exitCodes.usage;
    const at = typedPathOf(typeof path === 'string' ? path : '');
    const [older, newer] = [session.reader(old), session.reader(now)];
    const counts = newDiffCounts();
    for await (const change of diffSnapshots(session.trees, older, newer, at)) {
      signal.throwIfAborted();
      if (isShown(change, options.attributes ?? false)) {
        counts.add(change);
        await output.line(changeLine(change));
        await output.result(formatChange(change, output.style));
      }
    }
    await output.result(formatDiffSummary(counts, output.style));
    await output.line(diffSummary(counts, { before: old.id, after: now.id }));
    return exitCodes.ok;
  },
});

const isShown = ({ change }: Difference, attributes: boolean): boolean => attributes || change !== 'touched';

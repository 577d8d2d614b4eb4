import { openSession } from '../compose/open-session.ts';
import { exitCodes } from '../exit-codes.ts';
import { defineCommand } from '../program/command.ts';
import { formatStats, statsSummary } from '../render/stats.ts';

export const command = defineCommand<unknown>({
  description: 'Counts what snapshots hold (all of them, or the ones you name) and what they take on each destination.',
  examples: [
    ['stats', 'everything'],
    ['stats latest', 'the newest snapshot'],
  ],
  exits: [1, 2, 10, 12],
  configure: (command) =>
    void command.argument('[snapshot...]', 'beginnings of ids, latest, latest:SOURCE, or dates; all when left out'),
  async run(context, { args: [wanted] }) {
    const { findSnapshot, replicaStats, snapshotStats } = await import('@triplicate/core');
    const { output } = context;
    await using session = await openSession(context);
    const names = (wanted as readonly string[] | undefined) ?? [];
    const chosen = names.length === 0 ? session.snapshots : names.map((name) => findSnapshot(session.snapshots, name));
    const stats = await snapshotStats(session, chosen);
    const replicas = replicaStats(session);
    await output.result(formatStats(stats, replicas, output.style));
    await output.line(statsSummary(stats, replicas));
    return exitCodes.ok;
  },
});

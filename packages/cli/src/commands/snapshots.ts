import { exitCodes } from '../exit-codes.ts';
import { openSession } from '../compose/open-session.ts';
import { defineCommand } from '../program/command.ts';
import { parseOneOrMore } from '../program/options.ts';
import { formatSnapshots, snapshotLine } from '../render/snapshots.ts';

interface SnapshotsOptions {
  readonly source?: string;
  readonly tag?: string;
  readonly host?: string;
  readonly latest?: number;
}

export const command = defineCommand<SnapshotsOptions>({
  description:
    'Lists the snapshots of a pipeline, oldest first, and which destinations have each. Those of stock restic are shown too.',
  examples: [
    ['snapshots', 'all of them'],
    ['snapshots --source documents --latest 5', 'the last five of one source'],
    ['--repo /media/usb/backup snapshots', 'of a replica, without any configuration'],
  ],
  exits: [1, 2, 10, 12],
  onlyPrints: true,
  configure: (command) =>
    void command
      .option('--source <name>', 'of this source')
      .option('--tag <tag>', 'with this tag')
      .option('--host <name>', 'of this host')
      .option('--latest <n>', 'the last so many', parseOneOrMore),
  async run(context, { options }) {
    const { output } = context;
    await using session = await openSession(context, { namesAway: true, withoutIndex: true });
    const { source, tag, host, latest } = options;
    if (source !== undefined) (await import('@triplicate/core')).refuseUnknownSources(session, [source]);
    const matching = session.snapshots.filter(
      (snapshot) =>
        (source === undefined || snapshot.source === source) &&
        (tag === undefined || (snapshot.file.tags ?? []).includes(tag)) &&
        (host === undefined || snapshot.file.hostname === host),
    );
    const chosen = latest === undefined ? matching : matching.slice(Math.max(0, matching.length - latest));
    for (const snapshot of chosen) await output.line(snapshotLine(snapshot, session));
    await output.result(formatSnapshots(chosen, session, output.style));
    return exitCodes.ok;
  },
});

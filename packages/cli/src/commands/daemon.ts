import type { Clock, PipelineConfig } from '@triplicate/core';
import { Option } from 'commander';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { JobHealth } from '../daemon/health.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { RotatingLog } from '../daemon/rotating-log.ts';
import type { Standing } from '../metrics/standing.ts';
import { type CommandContext, defineCommand } from '../program/command.ts';
import { parseCount, parsePort, parseSize } from '../program/options.ts';

interface DaemonFlags {
  readonly once?: boolean;
  readonly wait?: boolean;
  readonly health?: number;
  readonly log?: string;
  readonly logSize: number;
  readonly logKeep: number;
}

export const command = defineCommand<DaemonFlags>({
  description:
    'Stays and runs the pipelines at the times of their schedules: the backup, then what its promises ask for (catching up, retention, reading ' +
    'what is due, a restore test). A slot that was missed while the computer slept or was off runs once; several become one run. Under systemd, ' +
    'launchd or the Task Scheduler use `triplicate schedule install` instead.',
  examples: [
    ['daemon', 'stay, until Ctrl-C or SIGTERM'],
    ['daemon --once', 'one round of each pipeline, now; 3 when a destination failed while the quorum held'],
    ['daemon --once --wait', 'the same, once `when` of its schedule is met'],
    ['daemon --log ~/triplicate.log', 'and write down what happens; old files are put aside'],
    ['daemon --health 9411', 'and tell on this machine how it is going, at /health and /metrics'],
  ],
  exits: [1, 2, 3, 11],
  stopping: 'stopping when what runs has ended cleanly',
  configure: (command) =>
    void command
      .option('--once', 'run one round of each pipeline now, and end')
      .option('--wait', 'with --once: wait first while `when` of the schedule is not met, e.g. on battery')
      .option(
        '--health <port>',
        'serve /health and /metrics on 127.0.0.1; the token stands in the state folder',
        parsePort,
      )
      .option('--log <file>', 'write down what happens, one JSON object a line')
      .addOption(
        new Option('--log-size <size>', 'put the log aside before it becomes larger')
          .argParser(parseSize)
          .default(10 * 1024 * 1024, '10MiB'),
      )
      .option('--log-keep <n>', 'keep so many that were put aside', parseCount, 5),
  async run(context, { options }) {
    const { output } = context;
    const { openSetup } = await import('../compose/open-pipeline.ts');
    const { runRound } = await import('../daemon/run-round.ts');
    const setup = await openSetup(context);
    const log = await openLog(context, options);
    if (options.once === true) {
      const { globals } = context;
      const chosen = setup.config.pipelines.filter(({ name }) => (globals.pipeline ?? name) === name);
      return await runEach(chosen, context, async (own) => {
        if (options.wait === true) await waitFor(own, context, setup.services.clock);
        const isWatched = output.talk.isTTY === true && !log && !output.json && !output.options.quiet;
        return await runRound(own, context, { log, isWatched });
      });
    }
    const { state } = setup.services.folders;
    const { lockState } = await import('../daemon/daemon-lock.ts');
    const { runDaemon } = await import('../daemon/run-daemon.ts');
    const { serveHealth } = await import('../daemon/health.ts');
    await using stack = new AsyncDisposableStack();
    stack.use(await lockState(join(state, 'daemon.lock'), context.surroundings.pid));
    const health = new Map<string, JobHealth>();
    const standings = new Map<string, Standing>();
    if (options.health !== undefined) {
      const server = stack.use(
        await serveHealth(
          { port: options.health, token: await tokenIn(state) },
          { jobs: () => [...health.values()], standings: () => [...standings.values()] },
        ),
      );
      output.say(
        `health on http://127.0.0.1:${server.port}/health; the token stands in ${join(state, 'daemon.token')}`,
      );
    }
    await runDaemon(context, { health, standings, isServed: options.health !== undefined, log });
    return exitCodes.ok;
  },
});

const waitFor = async (
  { name, schedule }: PipelineConfig,
  { output, signal }: CommandContext,
  clock: Clock,
): Promise<void> => {
  const { waitUntilAllowed } = await import('../daemon/wait-until-allowed.ts');
  const onWait = (why: string): void => output.say(`${name}: waits, ${why}`);
  if (schedule) await waitUntilAllowed(schedule, { clock, signal, onWait });
};

/** The others have their round when one fails; the last that failed decides how it ends. */
const runEach = async (
  pipelines: readonly PipelineConfig[],
  { output, signal }: CommandContext,
  round: (own: PipelineConfig) => Promise<ExitCode>,
): Promise<ExitCode> => {
  const { toBackupError } = await import('@triplicate/core');
  let failure: unknown;
  let worst: ExitCode = exitCodes.ok;
  for (const own of pipelines) {
    try {
      const code = await round(own);
      if (code !== exitCodes.ok) worst = code;
    } catch (cause) {
      if (signal.aborted) throw cause;
      if (failure !== undefined) output.fail(toBackupError(failure));
      failure = cause;
    }
  }
  if (failure !== undefined) throw failure;
  return worst;
};

const openLog = async (
  { surroundings }: CommandContext,
  { log, logSize, logKeep }: DaemonFlags,
): Promise<RotatingLog | undefined> => {
  if (log === undefined) return undefined;
  const { systemClock, toBackupError } = await import('@triplicate/core');
  const { RotatingLog } = await import('../daemon/rotating-log.ts');
  const clock = surroundings.clock ?? systemClock;
  const file = resolve(surroundings.cwd, log);
  try {
    return new RotatingLog(file, { mostBytes: logSize, keep: logKeep }, () => clock.now());
  } catch (cause) {
    throw toBackupError(cause, 'IO', `the log "${file}"`);
  }
};

/** Made once; whoever may read the state folder may ask. */
const tokenIn = async (state: string): Promise<string> => {
  const file = join(state, 'daemon.token');
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known.trim() !== '') return known.trim();
  const token = randomBytes(24).toString('base64url');
  await mkdir(state, { recursive: true, mode: 0o700 });
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return token;
};

import {
  BackupError,
  findSnapshot,
  Session,
  type EventSink,
  type ListedSnapshot,
  type PluginContext,
  type PluginRegistry,
  type RestoreTarget,
  type SourceConfig,
} from '@triplicate/core';
import { choosePipeline, openSetup } from '../compose/open-pipeline.ts';
import { composePipeline, pluginContextOf } from '../compose/pipeline.ts';
import { composeRepo } from '../compose/repo-pipeline.ts';
import { createServices, type Services } from '../compose/services.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatDuration, formatTimestamp, shortId } from '../output/format.ts';
import type { CommandContext } from '../program/command.ts';
import { given } from '../program/options.ts';
import { withReporter } from '../progress/with-reporter.ts';
import type { RestoreCall } from './run-restore.ts';

/** `device`, or `device:` and a UDID. */
export const deviceTarget = /^device(?::(.+))?$/;

/** Puts a whole snapshot of an iPhone back onto one. USAGE for the flags that choose parts or speak of folders. */
export const restoreToDevice = async (context: CommandContext, call: RestoreCall): Promise<ExitCode> => {
  const { output } = context;
  refuseParts(call);
  const udid = deviceTarget.exec(call.flags.to ?? '')?.[1];
  const started = performance.now();
  const { snapshot, label } = await withReporter(context, (emit) => restoreOnto(context, call, { emit, udid }));
  const seconds = (performance.now() - started) / 1000;
  await output.prose(
    `restored snapshot ${output.style.code(shortId(snapshot.id))} of ${formatTimestamp(snapshot.file.time)} onto ${label}\n` +
      output.style.faint(`done in ${formatDuration(seconds * 1000)}`),
  );
  await output.line({
    type: 'summary',
    command: 'restore',
    snapshot: snapshot.id,
    target: label,
    device: true,
    seconds,
  });
  return exitCodes.ok;
};

const refuseParts = ({ paths, flags }: RestoreCall): void => {
  const { include, exclude, delete: removes, verify, dryRun } = flags;
  const parts = [include, exclude, removes, verify, dryRun].some((flag) => flag !== undefined);
  if (!parts && paths.length === 0) return;
  throw new BackupError('USAGE', 'a device is restored as a whole', {
    hint: 'restore parts of the snapshot into a folder',
  });
};

interface Work {
  readonly emit: EventSink;
  readonly udid: string | undefined;
}

const restoreOnto = async (
  context: CommandContext,
  { snapshot: wanted, flags }: RestoreCall,
  { emit, udid }: Work,
): Promise<{ snapshot: ListedSnapshot; label: string }> => {
  const { pipeline, openTarget } = await prepare(context, emit, udid);
  const only = flags.from === undefined ? undefined : new Set([flags.from]);
  await using session = await Session.open(pipeline, { lock: 'read', ...given('only', only) });
  const snapshot = findSnapshot(session.snapshots, wanted);
  await using target = await openTarget();
  const source = snapshot.source ?? 'device';
  let total = { files: 0, bytes: 0 };
  await target.restore(session.reader(snapshot), {
    signal: context.signal,
    expect: (expected) => {
      total = expected;
      emit({ type: 'work-progress', work: 'restore', progress: { done: 0, total: total.bytes, unit: 'bytes' } });
    },
    waiting: (what) => emit({ type: 'waiting', source, what }),
  });
  return { snapshot, label: target.label };
};

interface Prepared {
  readonly pipeline: Awaited<ReturnType<typeof composeRepo>>;
  readonly openTarget: () => Promise<RestoreTarget>;
}

const prepare = async (context: CommandContext, emit: EventSink, udid: string | undefined): Promise<Prepared> => {
  const { globals, surroundings, output } = context;
  if (globals.repo !== undefined) {
    const services = createServices(surroundings, output);
    const pipeline = await composeRepo(globals.repo, { context, services, emit });
    const parts = { context, services, registry: services.registry, directory: surroundings.cwd };
    return { pipeline, openTarget: () => openDevice(undefined, udid, parts) };
  }
  const setup = await openSetup(context);
  const own = choosePipeline(setup.config, globals.pipeline);
  const configured = own.sources.find(({ type }) => type === 'device');
  const parts = { context, services: setup.services, registry: setup.registry, directory: setup.config.directory };
  const pipeline = composePipeline(own, { ...setup, context, emit });
  return { pipeline, openTarget: () => openDevice(configured, udid, parts) };
};

interface DeviceParts {
  readonly context: CommandContext;
  readonly services: Services;
  readonly registry: PluginRegistry;
  readonly directory: string;
}

/** By the options of the configured device, so that its backup password is known, and onto the one that the command line names. */
const openDevice = async (
  configured: SourceConfig | undefined,
  udid: string | undefined,
  { context, services, registry, directory }: DeviceParts,
): Promise<RestoreTarget> => {
  const found = await registry.find('source', 'device');
  const plugin = found?.plugin;
  if (!plugin?.openTarget) throw new BackupError('UNSUPPORTED', 'this installation cannot write to a device');
  const written = {
    ...(configured?.options as object | undefined),
    ...given('udid', udid ?? (configured ? undefined : 'any')),
  };
  const parsed = plugin.options.safeParse(written);
  if (!parsed.success)
    throw new BackupError('USAGE', `"device:${udid}" names no device`, { hint: 'write device, or device:UDID' });
  const use = { name: configured?.name ?? 'device', type: 'device', options: parsed.data };
  const place: PluginContext = pluginContextOf(use, 'targets', { services, directory, signal: context.signal });
  return plugin.openTarget(parsed.data, place);
};

import {
  BackupError,
  findSnapshot,
  requireNames,
  Session,
  type EventSink,
  type ListedSnapshot,
  type Pipeline,
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
import { confirmOverwrite, type Overwrite } from './confirm-overwrite.ts';
import { deviceOptionsWith, deviceTarget, refuseParts } from './device-flags.ts';
import { putOnto } from './put-onto.ts';
import type { RestoreCall } from './run-restore.ts';
import { chooseTarget } from './target-device.ts';

/** Puts a whole snapshot of an iPhone back onto one. USAGE for the flags that choose parts or speak of folders. */
export const restoreToDevice = async (context: CommandContext, call: RestoreCall): Promise<ExitCode> => {
  const { output } = context;
  refuseParts(call);
  const started = performance.now();
  const { snapshot, label } = await withReporter(context, (emit) => restoreOnto(context, call, emit));
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

const restoreOnto = async (
  context: CommandContext,
  call: RestoreCall,
  emit: EventSink,
): Promise<{ snapshot: ListedSnapshot; label: string }> => {
  const prepared = await prepare(context, emit);
  const { from } = call.flags;
  const only = from === undefined ? undefined : new Set([from]);
  requireNames(prepared.pipeline, only);
  await using session = await Session.open(prepared.pipeline, { lock: 'read', salvage: true, ...given('only', only) });
  session.tellAbsent();
  const snapshot = findSnapshot(session.snapshots, call.snapshot);
  const opened = await openTarget(snapshot, call, prepared);
  await using target = opened.target;
  const { agree } = opened;
  await putOnto(target, session.reader(snapshot), { source: snapshot.source, emit, signal: context.signal, agree });
  return { snapshot, label: target.label };
};

export interface Prepared {
  readonly context: CommandContext;
  readonly pipeline: Pipeline;
  readonly services: Services;
  readonly registry: PluginRegistry;
  /** Where relative files of the options count from. */
  readonly directory: string;
  /** Those of the configuration; none with `--repo`. */
  readonly sources: readonly SourceConfig[];
}

export const prepare = async (context: CommandContext, emit: EventSink): Promise<Prepared> => {
  const { globals, surroundings, output } = context;
  if (globals.repo !== undefined) {
    const services = createServices(surroundings, output);
    const pipeline = await composeRepo(globals.repo, { context, services, emit });
    return { context, pipeline, services, registry: services.registry, directory: surroundings.cwd, sources: [] };
  }
  const { services, config, registry } = await openSetup(context);
  const own = choosePipeline(config, globals.pipeline);
  const pipeline = composePipeline(own, { services, config, registry, context, emit });
  return { context, pipeline, services, registry, directory: config.directory, sources: own.sources };
};

interface OpenedTarget {
  readonly target: RestoreTarget;
  /** Whether a person at the terminal wants it to be overwritten. */
  readonly agree: () => Promise<void>;
}

/** By the options of the source that made the snapshot, so that the password of that backup is known. */
export const openTarget = async (
  snapshot: ListedSnapshot,
  call: RestoreCall,
  { context, services, registry, directory, sources }: Prepared,
): Promise<OpenedTarget> => {
  const { flags } = call;
  const found = await registry.find('source', 'device');
  const plugin = found?.plugin;
  if (!plugin?.openTarget) throw new BackupError('UNSUPPORTED', 'this installation cannot write to a device');
  const configured = sources.find(({ type, name }) => type === 'device' && name === snapshot.source);
  const options = configured?.options as { readonly daemon?: string } | undefined;
  const named = deviceTarget.exec(flags.to ?? '')?.[1];
  const udid = await chooseTarget(context, snapshot, { named, daemon: options?.daemon });
  const written = deviceOptionsWith(options, flags, { udid, ...context.surroundings });
  const parsed = plugin.options.safeParse(written);
  if (!parsed.success)
    throw new BackupError('USAGE', `"device:${udid}" names no device`, { hint: 'write device, or device:UDID' });
  const use = { name: configured?.name ?? 'device', type: 'device', options: parsed.data };
  const place: PluginContext = pluginContextOf(use, 'targets', { services, directory, signal: context.signal });
  const target = await plugin.openTarget(parsed.data, place);
  const { restore: settings } = parsed.data as { readonly restore: Overwrite['settings'] };
  return { target, agree: () => confirmOverwrite(context, call, { snapshot, label: target.label, settings }) };
};

import { BackupError, isBackupError, type Clock, type PluginRegistry, type SourceConfig } from '@triplicate/core';
import type { AttachedDevice, DeviceSourceOptions, MuxClient, Phone } from '@triplicate/source-device';
import { resolve } from 'node:path';
import { choosePipeline, openSetup } from '../compose/open-pipeline.ts';
import { createServices, type Services } from '../compose/services.ts';
import { askSecret } from '../prompt/ask-secret.ts';
import type { CommandContext } from '../program/command.ts';

export interface DeviceFlags {
  readonly udid?: string;
  readonly source?: string;
  readonly phonePasswordFile?: string;
  readonly newPasswordFile?: string;
}

type Library = typeof import('@triplicate/source-device');

/** What the actions of `devices` work with. */
export interface DevicesAround {
  readonly context: CommandContext;
  readonly library: Library;
  readonly mux: MuxClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly flags: DeviceFlags;
  /** The device that the command line means. USAGE when several are connected and none is named. */
  readonly find: () => Promise<AttachedDevice>;
  /** The same, which has to know this computer. */
  readonly open: () => Promise<Phone>;
  /** The backup password that is in force: from the flag, from the source of the configuration, or typed. */
  readonly backupPassword: () => Promise<string>;
  /** Whether that is written down somewhere, so that nobody has to type it. */
  readonly passwordIsKnown: boolean;
  /** For the sentence that is told while a person has to do something on the device. */
  readonly waiting: (what: string | undefined) => void;
}

/** `--source` takes identifier, daemon and password from that source of the configuration. */
export const openDevices = async (context: CommandContext, flags: DeviceFlags): Promise<DevicesAround> => {
  const library = await import('@triplicate/source-device');
  const { surroundings, output, signal } = context;
  const { services, options, directory } = await readOptions(context, flags);
  const { clock } = services;
  const mux = library.openMux({
    address: options?.daemon ?? surroundings.env['USBMUXD_SOCKET_ADDRESS'],
    platform: surroundings.platform,
    clock,
  });
  const find = (): Promise<AttachedDevice> =>
    named(library.findDevice(mux, { udid: flags.udid ?? options?.udid ?? 'any', wifi: true }, signal));
  return {
    context,
    library,
    mux,
    clock,
    signal,
    flags,
    find,
    open: async () => library.Phone.open({ mux, device: await find(), clock, signal }),
    backupPassword: () => readPassword(context, { flags, services, options, directory }),
    passwordIsKnown: flags.phonePasswordFile !== undefined || options?.password !== undefined,
    waiting: (what) => {
      if (output.json) void output.line({ type: 'waiting', source: flags.source ?? 'device', what: what ?? null });
      else if (what !== undefined) output.say(what);
    },
  };
};

interface ReadOptions {
  readonly services: Services;
  readonly options: DeviceSourceOptions | undefined;
  /** Where relative files of the options count from. */
  readonly directory: string;
}

const readOptions = async (context: CommandContext, { source }: DeviceFlags): Promise<ReadOptions> => {
  const { surroundings, output, globals } = context;
  if (source === undefined)
    return { services: createServices(surroundings, output), options: undefined, directory: surroundings.cwd };
  const { services, config, registry } = await openSetup(context);
  const found = choosePipeline(config, globals.pipeline).sources.find(({ name }) => name === source);
  if (found?.type !== 'device')
    throw new BackupError('USAGE', `there is no device source "${source}" in ${config.file}`, {
      hint: 'name a source with `type: device`, or leave --source out',
    });
  return { services, options: await deviceOptionsOf(found, registry), directory: config.directory };
};

const deviceOptionsOf = async (
  { options }: SourceConfig,
  registry: PluginRegistry,
): Promise<DeviceSourceOptions | undefined> => {
  const found = await registry.find('source', 'device');
  return found?.plugin.options.parse(options) as DeviceSourceOptions | undefined;
};

const named = async (found: Promise<AttachedDevice>): Promise<AttachedDevice> => {
  try {
    return await found;
  } catch (error) {
    if (!isBackupError(error, 'USAGE')) throw error;
    throw new BackupError('USAGE', 'several devices are connected', {
      hint: 'name one with --udid; `triplicate devices` shows them',
      cause: error,
    });
  }
};

interface PasswordParts extends ReadOptions {
  readonly flags: DeviceFlags;
}

const readPassword = async (
  context: CommandContext,
  { flags, services, options, directory }: PasswordParts,
): Promise<string> => {
  const { surroundings, output, signal } = context;
  const file = flags.phonePasswordFile;
  if (file !== undefined)
    return services.secrets.resolve({ file: resolve(surroundings.cwd, file) }, { directory, signal, pipes: true });
  if (options?.password !== undefined) return services.secrets.resolve(options.password, { directory, signal });
  if (surroundings.stdin.isTTY !== true || output.talk.isTTY !== true || output.json)
    throw new BackupError('USAGE', 'the backup password is needed, and nobody can be asked for it here', {
      hint: 'give it with --phone-password-file, or name a source that has it with --source',
    });
  const typed = await askSecret('The backup password of the phone', context);
  services.redactor.add(typed);
  return typed;
};

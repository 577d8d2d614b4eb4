import {
  BackupError,
  foldersOf,
  initRepository,
  openConfig,
  proveStateFolder,
  type Config,
  type InitReport,
  type Pipeline,
  type PluginRegistry,
} from '@triplicate/core';
import { dirname, join } from 'node:path';
import type { InitOptions } from '../commands/init.ts';
import { choosePipeline } from '../compose/open-pipeline.ts';
import { namePlugins } from '../compose/name-plugins.ts';
import { composePipeline } from '../compose/pipeline.ts';
import { createServices, type Services } from '../compose/services.ts';
import { exitCodeOfError, exitCodes, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../program/command.ts';
import { withReporter } from '../progress/with-reporter.ts';
import { formatInit, initSummary } from '../render/init.ts';
import { findPlace } from './find-place.ts';
import { firstPassword } from './first-password.ts';
import { draftFromFlags } from './from-flags.ts';
import { choosePasswordPlace, generatePassword, writeSecretFile } from './password-place.ts';
import { writeConfig } from './write-config.ts';

/** How the configuration came to be there. */
export interface Setup {
  readonly config: Config;
  readonly registry: PluginRegistry;
  readonly file: string;
  readonly isWritten: boolean;
  /** A file with a new password, of which a copy should be kept. */
  readonly passwordFile?: string | undefined;
}

export const runInit = async (context: CommandContext, options: InitOptions): Promise<ExitCode> => {
  const { globals, surroundings, output } = context;
  if (globals.repo !== undefined)
    throw new BackupError('USAGE', '--repo opens a replica that is there, and init creates one', { hint: 'use --to' });
  const services = createServices(surroundings, output);
  const setup = await prepare(context, services, options);
  const own = choosePipeline(setup.config, setup.isWritten ? undefined : globals.pipeline);
  const password = firstPassword(own, { context, services, config: setup.config });
  const { pipeline, report } = await withReporter(context, async (emit) => {
    const pipeline = composePipeline(own, { context, services, config: setup.config, registry: setup.registry, emit });
    const { scrypt } = surroundings;
    const request = { newPassword: password.get, ...(scrypt === undefined ? {} : { scrypt }) };
    return { pipeline, report: await initRepository(pipeline, request) };
  });
  const code = exitCodeOfInit(report, pipeline);
  // Where a new password is has to be said in any case.
  await output.report(
    formatInit(report, setup, output.style),
    setup.passwordFile === undefined ? code : exitCodes.failed,
  );
  const todo = password.todo();
  if (todo !== undefined) output.note(todo);
  await output.line(initSummary(report, { pipeline: pipeline.name, file: setup.file }));
  return code;
};

const exitCodeOfInit = ({ absent, created, existing }: InitReport, { quorum }: Pipeline): ExitCode => {
  const failed = absent.filter(({ status }) => status !== 'skipped');
  const [first] = failed;
  if (!first) return exitCodes.ok;
  return created.length + existing.length >= quorum ? exitCodes.partial : exitCodeOfError(first.error);
};

const prepare = async (context: CommandContext, services: Services, options: InitOptions): Promise<Setup> => {
  const { surroundings, output } = context;
  const { registry: known } = services;
  const place = await findPlace(context, services);
  const hasFlags = (options.source ?? options.to ?? options.iphone) !== undefined;
  if (place.exists) {
    if (hasFlags) {
      throw new BackupError('USAGE', `there is a configuration already: "${place.file}"`, {
        hint: 'edit it and run `triplicate init` again, or write another one with --config',
      });
    }
    const opened = await openConfig({ surroundings, registry: known, explicit: context.globals.config });
    namePlugins(opened.registry, output);
    return { ...opened, file: place.file, isWritten: false };
  }
  await proveStateFolder(foldersOf(surroundings).state);
  const canAsk =
    surroundings.stdin.isTTY === true && output.talk.isTTY === true && !output.json && options.yes !== true;
  if (!hasFlags && canAsk) {
    const { askForDraft } = await import('./wizard.ts');
    const answered = await askForDraft(context, services, place);
    return {
      ...(await writeConfig(answered.draft, answered.file, { registry: known, before: answered.keep })),
      ...answered,
      isWritten: true,
    };
  }
  return prepareByFlags(context, services, { options, file: place.file });
};

const prepareByFlags = async (
  { surroundings, globals }: CommandContext,
  { registry }: Services,
  { options, file }: { readonly options: InitOptions; readonly file: string },
): Promise<Setup> => {
  const flags = { passwordFile: globals.passwordFile, passwordEnv: options.passwordEnv, keychain: options.keychain };
  const beside = join(dirname(file), 'triplicate.password');
  const { reference, newFile } = await choosePasswordPlace(flags, { surroundings, beside });
  const draft = draftFromFlags(options, globals.pipeline ?? 'main', { surroundings, password: reference });
  const written = await writeConfig(draft, file, { registry });
  if (newFile !== undefined) await writeSecretFile(newFile, generatePassword());
  return { ...written, file, isWritten: true, passwordFile: newFile };
};

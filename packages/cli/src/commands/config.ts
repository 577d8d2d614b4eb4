import {
  checkConfig,
  configInForce,
  configJsonSchema,
  distrustConfig,
  isBackupError,
  openConfig,
  reviewConfig,
  showConfig,
  trustConfig,
  type OpenConfigOptions,
  type PluginRegistry,
  type Runnable,
} from '@triplicate/core';
import { Argument } from 'commander';
import { dirname, relative } from 'node:path';
import { ownPlaces, ownPlaceWords } from '../compose/own-places.ts';
import { createServices } from '../compose/services.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { defineCommand, type CommandContext } from '../program/command.ts';
import { formatProblemList, formatTrust } from '../render/config.ts';

interface ConfigOptions {
  readonly remove?: boolean;
}

type Action = (context: CommandContext, options: OpenConfigOptions, own: ConfigOptions) => Promise<ExitCode>;

const check: Action = async ({ output, surroundings }, options) => {
  const { file, origin, trusted, problems, config } = await checkConfig(options);
  for (const problem of problems) await output.line({ type: 'problem', file, ...problem });
  const pipelines = config?.pipelines.map(({ name }) => name) ?? [];
  await output.line({ type: 'summary', file, origin, trusted, problems: problems.length, pipelines });
  const base = { directory: dirname(file), home: surroundings.home };
  for (const pipeline of config?.pipelines ?? [])
    for (const place of await ownPlaces(pipeline, base)) output.note(ownPlaceWords(place));
  const shown = relative(surroundings.cwd, file) || file;
  await output.prose(formatProblemList({ file: shown, problems, config, style: output.style }));
  return problems.length === 0 ? exitCodes.ok : exitCodes.usage;
};

const schema: Action = async ({ output }, options) => {
  const made = await configJsonSchema(await registryOf(options));
  await output.line({ type: 'schema', schema: { ...made } });
  await output.result(JSON.stringify(made, undefined, 2));
  return exitCodes.ok;
};

/** With the plugins of the configuration, where there is one without mistakes; an editor is helped in any case. */
const registryOf = async (options: OpenConfigOptions): Promise<PluginRegistry> => {
  try {
    return (await checkConfig(options)).registry;
  } catch (error) {
    if (isBackupError(error, 'CONFIG_INVALID') && options.explicit === undefined) return options.registry;
    throw error;
  }
};

const show: Action = async ({ output }, options) => {
  const { config, document } = await openConfig(options);
  await output.line({ type: 'config', file: config.file, config: { ...configInForce(config, document) } });
  await output.result(`# ${config.file}\n${showConfig(config, document).trimEnd()}`);
  return exitCodes.ok;
};

const trust: Action = async ({ output, surroundings }, options, { remove = false }) => {
  const { found, code } = await reviewConfig(options);
  await (remove ? distrustConfig(found, surroundings) : trustConfig(found, surroundings));
  await output.line({ type: 'trust', file: found.file, trusted: !remove, runs: code.length, code: code.map(listed) });
  await output.result(formatTrust({ file: found.file, code, trusted: !remove, style: output.style }));
  return exitCodes.ok;
};

const listed = ({ command, ...where }: Runnable) => ({ ...where, command: [...command] });

const actions: Readonly<Record<string, Action>> = { check, schema, show, trust };

export const command = defineCommand<ConfigOptions>({
  description:
    'Looks at the configuration: check prints every mistake with its place and how to mend it; show prints what is in force, with ' +
    'defaults filled in and no secret; schema prints a JSON Schema for editors; trust allows it to run its plugins, hooks and commands, ' +
    'until its text, or a file that it names under `plugins`, changes; a program that it names may change without a question.',
  examples: [
    ['config check', 'print every mistake'],
    [
      'config schema > triplicate.schema.json',
      'for the first line of a configuration: # yaml-language-server: $schema=triplicate.schema.json',
    ],
    ['config trust', 'allow ./triplicate.yaml to run what it names'],
    ['config trust --remove', 'end that'],
  ],
  exits: [exitCodes.failed, exitCodes.usage],
  onlyPrints: true,
  configure: (command) =>
    void command
      .addArgument(new Argument('<what>', 'what to do').choices(Object.keys(actions)))
      .option('--remove', 'with trust: end the trust'),
  async run(context, { args, options }) {
    const { surroundings, output, globals } = context;
    const { registry } = createServices(surroundings, output);
    const action = actions[String(args[0])] ?? check;
    return action(context, { surroundings, registry, explicit: globals.config }, options);
  },
});

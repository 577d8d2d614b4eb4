import { BackupError, shellWord, shellWords, type PipelineConfig } from '@triplicate/core';
import { Argument } from 'commander';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '../exit-codes.ts';
import type { Output } from '../output/output.ts';
import { defineCommand } from '../program/command.ts';
import { fromEnvironment } from '../schedule/from-environment.ts';
import type { LeftUnit } from '../schedule/left-units.ts';
import type { System } from '../schedule/plan-units.ts';
import type { PlannedUnit } from '../schedule/units.ts';

type Action = 'install' | 'remove' | 'show';

export const command = defineCommand<unknown>({
  description:
    'Lets the scheduler of this system run the pipelines at the times of their schedules: systemd timers of yours on Linux, launchd agents on ' +
    'macOS, tasks on Windows. `show` prints what `install` would write, and says whether it is installed. What such a scheduler cannot mean in the same way is refused; ' +
    '`triplicate daemon` understands all of it.',
  examples: [
    ['schedule show', 'the units, as they would be written, and whether they are installed'],
    ['schedule install', 'write them and take them up'],
    ['schedule remove', 'take them away, and those of pipelines that have no times any more'],
  ],
  exits: [1, 2],
  configure: (command) =>
    void command.addArgument(new Argument('<action>', 'what to do').choices(['install', 'remove', 'show'])),
  async run(context, { args: [action] }) {
    const { output, surroundings, globals } = context;
    const { openSetup } = await import('../compose/open-pipeline.ts');
    const { filesOf, planUnit, systemOf } = await import('../schedule/plan-units.ts');
    const { commandsFor, removeUnits, runAll, unitFolder, writeUnits } = await import('../schedule/place-units.ts');
    const { leftUnits } = await import('../schedule/left-units.ts');
    const { fieldsOf, statesOf, wordsOfUnit } = await import('../schedule/unit-state.ts');
    const { config, services } = await openSetup(context);
    const system = systemOf(surroundings.platform);
    const program = { command: [process.execPath, programFile()] };
    const isMeant = (name: string): boolean => (globals.pipeline ?? name) === name;
    const timed = config.pipelines.filter(({ schedule }) => schedule?.cron !== undefined);
    const chosen = timed.filter(({ name }) => isMeant(name));
    const folder = unitFolder(surroundings, services.folders.state);
    const planned = new Set(timed.map(({ name }) => name));
    const left = (await leftUnits(folder, { system, configFile: config.file, planned })).filter(({ pipeline }) =>
      isMeant(pipeline),
    );
    if (action !== 'remove') for (const unit of left) tellLeft(unit, folder, output);
    if (chosen.length === 0 && (action === 'install' || left.length === 0))
      throw new BackupError('USAGE', 'no pipeline has a schedule with times', {
        hint: 'add `schedule: { cron: "0 2 * * *" }` to a pipeline',
      });
    const now = services.clock.now();
    const units = chosen.map((own) => planUnit(own, { config, surroundings, system, program, now }));
    const wanted = units.flatMap((unit) => filesOf(unit, system));
    const files =
      action === 'remove'
        ? [...wanted.filter(({ name }) => existsSync(join(folder, name))), ...left.flatMap((unit) => unit.files)]
        : wanted;
    if (files.length === 0 && action === 'show') return exitCodes.ok;
    if (files.length === 0) {
      await output.report(`no unit of these pipelines is in ${folder}`, exitCodes.ok);
      return exitCodes.ok;
    }
    const states = action === 'show' ? await statesOf(units, { system, folder, userId: surroundings.userId }) : [];
    for (const { name, text } of files)
      await output.line({ type: 'unit', system, name, folder, text, ...fieldsOf(name, states) });
    for (const { pipeline, state } of states) {
      const { text, isGood } = wordsOfUnit(pipeline, state, system);
      if (isGood) output.say(text);
      else output.note(text);
    }
    if (action !== 'remove') {
      tellNeeds(chosen, system, output);
      for (const unit of units) tellDifferences(unit, chosen, system, output);
    }
    if ((action as Action) === 'show') {
      await output.result(files.map(({ name, text }) => `# ${folder}/${name}\n${text}`).join('\n'));
      return exitCodes.ok;
    }
    const what = action as Exclude<Action, 'show'>;
    const commands = commandsFor(what, { system, folder, files, userId: surroundings.userId });
    if (what === 'install') await writeUnits(folder, files, system);
    const failure = await runAll(commands);
    if (what === 'remove') await removeUnits(folder, files);
    const did = what === 'install' ? 'written to' : 'removed from';
    await output.report(`${files.map(({ name }) => name).join(', ')} ${did} ${folder}`, exitCodes.ok);
    if (failure === undefined) return exitCodes.ok;
    const byHand = commands.map(shellWords).join(' && ');
    output.warn(new BackupError(failure.code, failure.message, { hint: `run it yourself: ${byHand}` }));
    return exitCodes.partial;
  },
});

/** The scheduler begins it at its times for as long as it is there. */
const tellLeft = ({ pipeline, files }: LeftUnit, folder: string, output: Output): void =>
  output.note(
    `${files.map(({ name }) => name).join(' and ')} in ${folder} ${files.length > 1 ? 'are' : 'is'} of "${pipeline}", which has no times in this configuration: ` +
      `\`triplicate schedule remove --pipeline ${shellWord(pipeline)}\` takes ${files.length > 1 ? 'them' : 'it'} away`,
  );

/** What these units lack that a terminal has. */
const tellNeeds = (pipelines: readonly PipelineConfig[], system: System, output: Output): void => {
  for (const own of pipelines) {
    const names = fromEnvironment(own);
    if (names.length > 0)
      output.note(
        `${own.name} takes ${names.join(', ')} from the environment, which is not there when it is run by itself: ` +
          'name { file: … }, { keychain: … } or { command: … } instead',
      );
  }
  if (system === 'systemd') output.say('timers run while you are logged in; with `loginctl enable-linger` always');
};

/** What such a scheduler does not do as ours would. */
const tellDifferences = (
  { name, unseen }: PlannedUnit,
  pipelines: readonly PipelineConfig[],
  system: System,
  output: Output,
): void => {
  if (pipelines.some((own) => own.name === name && own.schedule?.onConnect === true))
    output.note(
      `${name}: \`onConnect\` is not kept to: ${system} begins it at its times alone. \`triplicate daemon\` notices a disk or a phone that turns up`,
    );
  const [next] = unseen.filter(({ why }) => why === 'left-out');
  // A timer of systemd is told of them one by one.
  if (next === undefined || system === 'systemd') return;
  output.note(
    `${name}: on ${next.at.toISOString().slice(0, 10)} the clock change leaves out a time of its schedule, and ${system} may not begin it then: take another time, or run \`triplicate daemon\`, which makes up for it`,
  );
};

/** The script that a unit runs: it stands beside the folder of the sources, of what was compiled, and of the bundle. */
const programFile = (): string => {
  for (const up of ['../bin', '../../bin']) {
    try {
      return realpathSync(fileURLToPath(new URL(`${up}/triplicate.js`, import.meta.url)));
    } catch {
      // Not there: one folder deeper.
    }
  }
  throw new BackupError('IO', 'the program cannot find its own file', { hint: 'install triplicate again' });
};

import type { DueKey } from '@triplicate/core';
import { Argument } from 'commander';
import { userInfo } from 'node:os';
import { exitCodeOfOutcomes, exitCodes, type ExitCode } from '../exit-codes.ts';
import { typedFrom } from '../compose/password.ts';
import { openQuietPipeline, tellAbsent, tellEvent } from '../compose/open-session.ts';
import { defineCommand, type CommandContext } from '../program/command.ts';
import { changeLine, formatKeyChanges, formatKeys, keyDueLine, keyLine, keysDueText } from '../render/keys.ts';

interface KeysFlags {
  readonly newPasswordFile?: string;
}

type Due = ReadonlyMap<string, readonly DueKey[]>;

const tellDue = async ({ output }: CommandContext, due: Due): Promise<void> => {
  for (const [destination, changes] of due) {
    for (const change of changes) await output.line(keyDueLine(destination, change));
    for (const text of keysDueText(destination, changes)) output.note(text);
  }
};

type Action = (context: CommandContext, id: string | undefined, flags: KeysFlags) => Promise<ExitCode>;

const list: Action = async (context) => {
  const { dueKeys, listAllKeys } = await import('@triplicate/core');
  const { output } = context;
  const pipeline = await openQuietPipeline(context);
  const keys = await listAllKeys(pipeline, (absent) => tellAbsent({ absent }, output));
  for (const key of keys) await output.line(keyLine(key));
  await output.prose(formatKeys(keys, output.style));
  await tellDue(context, await dueKeys(pipeline));
  return exitCodes.ok;
};

const add: Action = async (context, _id, flags) => {
  const { addPassword } = await import('@triplicate/core');
  const { newPassword } = await import('../keys/new-password.ts');
  const { output, surroundings } = context;
  const pipeline = await openQuietPipeline(context);
  // A wrong old password is told before a new one is asked for.
  await pipeline.password();
  const changes = await addPassword(pipeline, await newPassword(context, flags.newPasswordFile), surroundings.scrypt);
  for (const change of changes) await output.line(changeLine('added', change));
  await output.prose(formatKeyChanges('added', changes, output.style));
  if (changes.some(({ already, error }) => !already && !error))
    output.say('the old password still opens it; change "encrypt" in the configuration to use the new one');
  return exitCodeOfOutcomes(changes);
};

const passwd: Action = async (context, _id, flags) => {
  const { changePassword } = await import('@triplicate/core');
  const { newPassword } = await import('../keys/new-password.ts');
  const { output, surroundings } = context;
  const pipeline = await openQuietPipeline(context);
  await pipeline.password();
  const fresh = await newPassword(context, flags.newPasswordFile);
  const changes = await changePassword(pipeline, fresh, surroundings.scrypt);
  for (const change of changes) await output.line(changeLine('changed', change));
  await output.prose(formatKeyChanges('changed', changes, output.style));
  const from = pipeline.passwordFrom?.();
  const typed = from === undefined || from === typedFrom;
  output.note(
    typed
      ? 'the old password opens none of these any more'
      : `${from} still holds the old password, which opens none of these any more: put the new one there now, or change "encrypt" in the configuration`,
  );
  // What cannot be written, or can only grow, is told with its reason.
  const left = changes
    .filter(({ error }) => error !== undefined && error.code !== 'UNSUPPORTED' && error.code !== 'READ_ONLY')
    .map(({ destination }) => destination);
  if (left.length > 0)
    output.note(
      `only the old password opens ${left.join(', ')}: keep it until a \`backup\`, \`sync\` or \`heal\` with ${left.length > 1 ? 'them' : 'it'} there has brought the new one; \`status\` tells`,
    );
  return exitCodeOfOutcomes(changes);
};

const remove: Action = async (context, id) => {
  const { BackupError, removePassword } = await import('@triplicate/core');
  const { output } = context;
  if (id === undefined)
    throw new BackupError('USAGE', 'nothing says which key', { hint: '`triplicate keys list` shows their ids' });
  const { changes, later, unsure } = await removePassword(await openQuietPipeline(context), id);
  for (const change of changes) await output.line(changeLine('removed', change));
  await output.prose(formatKeyChanges('removed', changes, output.style));
  if (later.length > 0)
    output.note(
      `the password may still open ${later.join(', ')}, until a \`backup\`, \`sync\` or \`heal\` with ${later.length > 1 ? 'them' : 'it'} there takes it away; \`status\` tells`,
    );
  if (unsure.length > 0)
    output.note(
      `no key on ${unsure.join(', ')} was made together with it; if the password has a key there, remove that too: \`triplicate keys list\` shows them`,
    );
  return exitCodeOfOutcomes(changes);
};

/** Nothing is written anywhere: a person sends it to a printer, or to a file of their own. */
const kit: Action = async (context) => {
  const { listAllKeys, Session, showConfig } = await import('@triplicate/core');
  const { openRun } = await import('../compose/open-pipeline.ts');
  const { stockPlace } = await import('../keys/stock-place.ts');
  const { recoveryKit } = await import('../keys/recovery-kit.ts');
  const { output } = context;
  const { pipeline, own, setup } = await openRun(context, (event) => tellEvent(event, context));
  const keys = await listAllKeys(pipeline);
  await using session = await Session.open(pipeline, { lock: 'read' });
  const { config, document } = setup;
  const base = { directory: config.directory, home: context.surroundings.home };
  const text = recoveryKit({
    own,
    config,
    stockPlaceOf: (destination) => stockPlace(destination, { base, user: userInfo().username }),
    shown: showConfig({ ...config, pipelines: [own] }, document),
    places: session.replicas.map(({ name, destination }) => ({
      name,
      label: destination.label,
      keys: keys.filter((key) => key.destination === name).map(({ id }) => id),
    })),
    absent: session.absent.map(({ name }) => name),
    stored: [...new Set(session.snapshots.flatMap(({ source }) => source ?? []))],
    made: pipeline.clock.now().toISOString().slice(0, 10),
  });
  await output.result(text);
  await output.line({ type: 'kit', pipeline: own.name, text });
  return session.absent.length === 0 ? exitCodes.ok : exitCodes.partial;
};

const actions: Readonly<Record<string, Action>> = { list, add, passwd, remove, kit };

export const command = defineCommand<KeysFlags>({
  description:
    'The passwords of a repository: each is a key file on every destination, and any of them opens it. Adding or removing one does not ' +
    'change what is stored. Each destination has a key file of its own for a password: those of one set were made together, and one ' +
    'password opens them. Whoever once had a password and a copy of its key file can still read what was stored until then.',
  examples: [
    ['keys list', 'who can open it'],
    ['keys add', 'ask for a further password'],
    ['keys add --new-password-file FILE', 'take it from the first line of a file'],
    ['keys passwd', 'a new password instead of the one in use'],
    ['keys kit > kit.md', 'a page to print: where the copies are, and how they come back'],
    ['keys remove 4f1bce77', 'take the password of this key away, on every destination; the one in use stays'],
  ],
  exits: [1, 2, 3, 10, 11, 12],
  configure: (command) =>
    void command
      .addArgument(new Argument('<action>', 'what to do').choices(Object.keys(actions)))
      .argument('[id]', 'with remove: beginning of the id of a key')
      .option('--new-password-file <file>', 'with add and passwd: file whose first line is the new password'),
  run: (context, { args: [action, id], options }) =>
    (actions[String(action)] ?? list)(context, typeof id === 'string' ? id : undefined, options),
});

import { configFileName, toBackupError } from '@triplicate/core';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { absoluteOf } from '../compose/disks.ts';
import type { Services } from '../compose/services.ts';
import { filled, openAsk, type Ask } from '../prompt/ask.ts';
import type { CommandContext } from '../program/command.ts';
import { askDestinations } from './ask-destinations.ts';
import type { AskedFolder } from './ask-folder.ts';
import { askPassword } from './ask-password.ts';
import { namesOfSource } from './destination-name.ts';
import { distinctNames } from './distinct-names.ts';
import { renderDraft, writtenPath, type Draft } from './draft.ts';
import type { ConfigPlace } from './find-place.ts';
import { flow } from './flow.ts';
import { askSecretStore } from './secret-store.ts';
import { problemsOf } from './write-config.ts';

export interface Answered {
  readonly draft: Draft;
  readonly file: string;
  readonly passwordFile?: string;
  /** Makes the folders and keeps the secrets that the draft names. */
  readonly keep: () => Promise<void>;
}

/** Asks for everything that a first configuration needs, shows it, and has it confirmed. Writes nothing. */
export const askForDraft = async (
  context: CommandContext,
  services: Services,
  place: ConfigPlace,
): Promise<Answered> => {
  const ask = await openAsk(context);
  ask.begin('triplicate: what to back up, and where to');
  const file = place.named ? place.file : await askPlace(ask, context, services);
  const pipeline = context.globals.pipeline ?? 'main';
  const sources = await askSources(ask, context, services);
  const store = await askSecretStore(ask, { context, services, folder: dirname(file) });
  const folders: AskedFolder[] = [];
  const check = (destinations: Draft['destinations']): Promise<readonly string[]> =>
    problemsOf({ pipeline, sources, destinations, password: { env: 'ASKED_LATER' } }, file, services.registry);
  const destinations = await askDestinations(ask, { context, services, store, folders, check });
  const password = await askPassword(ask, { context, store, pipeline });
  const draft: Draft = { pipeline, sources, destinations, password: password.reference };
  ask.tell(renderDraft(draft, './triplicate.schema.json').split('\n').slice(1).join('\n'));
  const agreed = await ask.confirm(`Write this to ${file} and create the repository?`);
  if (!agreed) return askForDraft(context, services, place);
  const keep = async (): Promise<void> => {
    for (const { absolute, isNew } of folders) if (isNew) await makeFolder(absolute);
    await store.keepAll();
  };
  return { draft, file, keep, ...(password.file === undefined ? {} : { passwordFile: password.file }) };
};

/** Two copies may be in a new folder and in one inside of it. */
const makeFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw toBackupError(error, 'IO', `the folder "${folder}" cannot be made`);
  });
};

const askPlace = (ask: Ask, { surroundings }: CommandContext, { folders }: Services): Promise<string> => {
  const own = join(folders.config, configFileName);
  return ask.choose('Where shall the configuration be?', [
    { value: own, label: own, hint: 'found from everywhere' },
    { value: join(surroundings.cwd, configFileName), label: `./${configFileName}`, hint: 'found from this folder' },
  ]);
};

const unreadable = (path: string): string | undefined => {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return toBackupError(error, 'IO', `"${path}"`).message;
  }
};

const askSources = async (
  ask: Ask,
  { surroundings }: CommandContext,
  { registry }: Services,
): Promise<Map<string, string>> => {
  const { cwd, home } = surroundings;
  const usual = ['Documents', 'Pictures', 'Desktop'].filter((name) => existsSync(join(home, name)));
  const choices = [
    ...usual.map((name) => ({ value: join(home, name), label: `~/${name}` })),
    { value: 'other', label: usual.length > 0 ? 'another folder' : 'a folder' },
    ...(registry.types('source').includes('device')
      ? [{ value: 'iphone', label: 'an iPhone that is connected to this computer' }]
      : []),
  ];
  const chosen = await ask.chooseSome(
    'What shall be backed up?',
    choices,
    usual.slice(0, 1).map((name) => join(home, name)),
  );
  const readable = (typed: string): string | undefined =>
    filled(typed) ?? unreadable(absoluteOf(typed, { directory: cwd, home }));
  const sources = new Map<string, string>();
  const addFolder = (path: string): void => {
    const [name = ''] = distinctNames([namesOfSource(path, surroundings)], new Set(sources.keys()));
    sources.set(name, flow({ type: 'files', paths: [writtenPath(path, surroundings)] }));
  };
  for (const value of chosen) {
    if (value === 'iphone') sources.set('iphone', flow({ type: 'device', udid: 'any' }));
    else if (value === 'other')
      addFolder(
        await ask.text({ message: 'Which folder shall be backed up?', placeholder: '~/Documents', validate: readable }),
      );
    else addFolder(value);
  }
  return sources;
};

import type { PluginRegistry } from '@triplicate/core';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Services } from '../compose/services.ts';
import { filled, type Ask } from '../prompt/ask.ts';
import type { CommandContext } from '../program/command.ts';
import type { SecretStore } from './ask-password.ts';
import { freeName, nameOfPath, writtenPath } from './draft.ts';
import { flow } from './flow.ts';
import { fieldsOf } from './option-fields.ts';

interface DestinationParts {
  readonly context: CommandContext;
  readonly services: Services;
  readonly store: SecretStore;
}

/** One destination after another, until the person has enough; three are proposed. */
export const askDestinations = async (ask: Ask, parts: DestinationParts): Promise<Map<string, string>> => {
  const destinations = new Map<string, string>();
  const types = await typesOf(parts.services.registry);
  for (;;) {
    const first = destinations.size === 0;
    const type = await ask.choose(first ? 'Where shall the first copy be?' : 'And the next copy?', types);
    const { name, entry } = type === 'local' ? await askFolder(ask, parts) : await askOther(ask, type, parts);
    destinations.set(freeName(name, destinations), flow(entry));
    const enough = destinations.size >= 3;
    const more = enough
      ? 'A further copy?'
      : `A further copy? With the original there are ${destinations.size + 1} now, and three are the rule`;
    if (!(await ask.confirm(more, !enough))) return destinations;
  }
};

/** The types that are there, the folder first. One whose package cannot be loaded is left out. */
const typesOf = async (registry: PluginRegistry): Promise<{ value: string; label: string; hint: string }[]> => {
  const entries = registry.list().filter(({ kind }) => kind === 'destination');
  const found = await Promise.all(
    entries.map(async ({ type }) => {
      const plugin = await registry.find('destination', type).catch(() => undefined);
      return plugin === undefined ? [] : [{ value: type, label: type, hint: plugin.plugin.summary }];
    }),
  );
  return found.flat().toSorted((a, b) => Number(b.value === 'local') - Number(a.value === 'local'));
};

interface Answer {
  readonly name: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

const askFolder = async (ask: Ask, { context }: DestinationParts): Promise<Answer> => {
  const typed = await ask.text({ message: 'Which folder?', placeholder: '/media/usb/backup', validate: filled });
  const path = writtenPath(typed, context.surroundings);
  await offerFolder(ask, typed, context.surroundings);
  const removable = await ask.confirm('Is it on a disk that is unplugged at times?', false);
  const offsite = await ask.confirm('Is it kept at another place than this computer?', false);
  const entry = { type: 'local', path, removable: removable || undefined, offsite: offsite || undefined };
  return { name: nameOfPath(typed), entry };
};

/** A removable disk's folder has to be there before the repository is made in it. Where even its parent is missing, no disk is mounted. */
const offerFolder = async (ask: Ask, typed: string, { cwd, home }: CommandContext['surroundings']): Promise<void> => {
  const folder = typed.startsWith('~') ? join(home, typed.slice(1)) : resolve(cwd, typed);
  if (existsSync(folder)) return;
  if (!existsSync(dirname(folder))) ask.tell(`${dirname(folder)} is not there now; mount the disk before you go on`);
  else if (await ask.confirm('This folder is not there yet. Make it now?')) await mkdir(folder, { mode: 0o700 });
};

/** The options that have to be there, one by one; the others can be added to the file. */
const askOther = async (ask: Ask, type: string, { services, store }: DestinationParts): Promise<Answer> => {
  const found = await services.registry.find('destination', type);
  const entry: Record<string, unknown> = { type };
  for (const { key, about, isSecret, required } of found ? fieldsOf(found.plugin.options) : []) {
    const message = about === undefined ? key : `${key}: ${about}`;
    if (isSecret && (required || (await ask.confirm(`Give "${key}" now? ${about ?? ''}`, false)))) {
      entry[key] = await store.ask(message, `${type}-${key.toLowerCase()}`);
    } else if (required) entry[key] = await ask.text({ message, validate: filled });
  }
  const offsite = await ask.confirm('Is it at another place than this computer?', true);
  return { name: type, entry: { ...entry, ...(offsite ? { offsite } : {}) } };
};

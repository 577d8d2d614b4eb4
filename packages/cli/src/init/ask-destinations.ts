import type { Media, PluginRegistry } from '@triplicate/core';
import type { Services } from '../compose/services.ts';
import { filled, type Ask } from '../prompt/ask.ts';
import type { CommandContext } from '../program/command.ts';
import { askFolder, type AskedFolder } from './ask-folder.ts';
import { namesOfFolder } from './destination-name.ts';
import { distinctNames } from './distinct-names.ts';
import { flow } from './flow.ts';
import { fieldsOf } from './option-fields.ts';
import type { SecretStore } from './secret-store.ts';

interface DestinationParts {
  readonly context: CommandContext;
  readonly services: Services;
  readonly store: SecretStore;
  /** The folders of those that are folders, in turn. */
  readonly folders: AskedFolder[];
  /** What is wrong with a configuration that has these. */
  readonly check: (destinations: ReadonlyMap<string, string>) => Promise<readonly string[]>;
}

/** One destination after another, until the person has enough; three are proposed. */
export const askDestinations = async (ask: Ask, parts: DestinationParts): Promise<Map<string, string>> => {
  const destinations = new Map<string, string>();
  const types = await typesOf(parts.services.registry);
  for (;;) {
    const first = destinations.size === 0;
    const type = await ask.choose(first ? 'Where shall the first copy be?' : 'And the next copy?', types);
    const forget = parts.store.mark();
    const { names, entry, folder } = type === 'local' ? await askLocal(ask, parts) : await askOther(ask, type, parts);
    const [added = ''] = distinctNames([names], new Set(destinations.keys()));
    destinations.set(added, flow(entry));
    const problems = await parts.check(destinations);
    if (problems.length > 0) {
      destinations.delete(added);
      forget();
      ask.tell(`This cannot be:\n${problems.join('\n')}`);
      continue;
    }
    if (folder) parts.folders.push(folder);
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
  /** The shortest first: a longer one where that is taken. */
  readonly names: readonly [string, ...string[]];
  readonly entry: Readonly<Record<string, unknown>>;
  readonly folder?: AskedFolder;
}

/** What a disk that stays in this computer is counts by the disk itself: nothing has to be written then. */
const kinds = [
  { value: 'inside', label: 'this computer, or a disk that stays in it' },
  { value: 'hdd', label: 'an external hard disk', hint: 'it may be unplugged' },
  { value: 'usb', label: 'a USB stick or an external SSD', hint: 'it may be unplugged' },
  { value: 'nas', label: 'a network box (NAS) or another computer' },
];

const kindOptions: Readonly<Record<string, { readonly media: Media; readonly removable?: boolean }>> = {
  hdd: { media: 'hdd', removable: true },
  usb: { media: 'usb', removable: true },
  nas: { media: 'nas' },
};

const askLocal = async (ask: Ask, parts: DestinationParts): Promise<Answer> => {
  const { surroundings } = parts.context;
  const folder = await askFolder(ask, { surroundings, taken: parts.folders.map(({ absolute }) => absolute) });
  const kind = await ask.choose('What kind of place is it?', kinds);
  const known = kindOptions[kind];
  const offsite = known !== undefined && (await ask.confirm('Is it kept at another place than this computer?', false));
  const entry = { type: 'local', path: folder.written, ...known, offsite: offsite || undefined };
  return { names: namesOfFolder(folder.typed, surroundings), entry, folder };
};

/** They stand at home as well as at a provider, which are two kinds of media. */
const servers = ['sftp', 'webdav', 'rest'];
const owners = [
  { value: 'own', label: 'my own: a network box (NAS) or another computer' },
  { value: 'provider', label: 'of a provider' },
];

/** Who is at the place, and which of those that speak its protocol it is: without it few can begin, though it may be left out. */
const identities = new Set(['user', 'username', 'accessKeyId', 'endpoint']);

/** The options that have to be there, and those by which one signs in, one by one; the others can be added to the file. */
const askOther = async (ask: Ask, type: string, { services, store }: DestinationParts): Promise<Answer> => {
  const found = await services.registry.find('destination', type);
  const entry: Record<string, unknown> = { type };
  for (const { key, about, isSecret, required, objection } of found ? fieldsOf(found.plugin.options) : []) {
    const message = about === undefined ? key : `${key}: ${about}`;
    if (isSecret && (required || (await ask.confirm(`Give "${key}" now? ${about ?? ''}`, false)))) {
      entry[key] = await store.ask(message, `${type}-${key.toLowerCase()}`);
    } else if (required) {
      entry[key] = await ask.text({ message, validate: (typed) => filled(typed) ?? objection(typed) });
    } else if (identities.has(key)) {
      const optional = (typed: string): string | undefined => (typed === '' ? undefined : objection(typed));
      const typed = await ask.text({ message: `${message} (may be left empty)`, validate: optional });
      if (typed !== '') entry[key] = typed;
    }
  }
  if (servers.includes(type) && (await ask.choose('Whose server is it?', owners)) === 'provider')
    return { names: [type], entry: { ...entry, media: 'cloud', offsite: true } };
  const offsite = await ask.confirm('Is it at another place than this computer?', true);
  return { names: [type], entry: { ...entry, ...(offsite ? { offsite } : {}) } };
};

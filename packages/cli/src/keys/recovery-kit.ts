/** What a person needs who has neither this computer nor its configuration any more, on one page to print. */
import { findReferences, shellWord, type Config, type DestinationConfig, type PipelineConfig } from '@triplicate/core';
import type { StockPlace } from './stock-place.ts';

export interface KitPlace {
  readonly name: string;
  /** Without a secret. */
  readonly label: string;
  /** Ids of its key files. */
  readonly keys: readonly string[];
}

export interface KitParts {
  readonly own: PipelineConfig;
  readonly config: Pick<Config, 'file'>;
  readonly places: readonly KitPlace[];
  /** Destinations that did not answer. */
  readonly absent: readonly string[];
  /** Where stock restic finds each destination, also one that did not answer. */
  readonly stockPlaceOf: (destination: DestinationConfig) => StockPlace | undefined;
  /** The configuration of this pipeline as YAML, without any secret. */
  readonly shown: string;
  readonly made: string;
  /** Names of the sources that have snapshots. */
  readonly stored: readonly string[];
}

const line = '_'.repeat(60);

/** Markdown. The passwords are lines to write on by hand: no secret is ever printed. */
export const recoveryKit = (parts: KitParts): string => {
  const { own, config, places, absent, made, stored, shown } = parts;
  const phones = own.sources.filter(({ type }) => type === 'device' || type === 'mobilesync');
  const former = stored.filter((name) => own.sources.every((source) => source.name !== name));
  // `latest` alone is the last snapshot of all: each source has its own.
  const names = [...own.sources.map(({ name }) => name), ...former];
  return [
    `# Recovery kit of "${own.name}"`,
    '',
    `Made ${made} from ${config.file}. Keep it where a fire or a thief at home does not reach it.`,
    '',
    '## Passwords (write them here by hand)',
    '',
    `Repository: ${line}`,
    ...phones.flatMap(({ name }) => ['', `Backup password of the phone "${name}": ${line}`]),
    ...own.destinations.flatMap(accessLine),
    '',
    '## Where the copies are',
    '',
    'Each is complete by itself; one is enough.',
    '',
    ...places.map(
      ({ name, label, keys }) =>
        `- **${name}**: ${label} (keys ${keys.map((id) => id.slice(0, 8)).join(', ') || 'none'})`,
    ),
    ...absent.map(
      (name) => `- **${name}**: did not answer when this was made; the configuration at the end says where it is`,
    ),
    '',
    '## What is in them',
    '',
    ...own.sources.map(({ name, type }) => `- ${name} (${type})`),
    ...former.map((name) => `- ${name} (backed up before, no source any more)`),
    '',
    '## How to get it back with Triplicate',
    '',
    'No registry of packages has it yet, so keep a copy of its folder beside this page, or write here where it was cloned from:',
    '',
    `Triplicate: ${line}`,
    '',
    'With Node 20.11 or newer (https://nodejs.org), in that folder:',
    '',
    '    npm ci',
    ...names.map((name) => `    npx triplicate --repo FOLDER restore latest:${name} --to ~/restored/${name}`),
    '',
    'FOLDER is where a copy lies now. For a copy in a cloud write its destination into a new triplicate.yaml, and run `npx triplicate init` (it touches nothing that is there), then the same commands without `--repo FOLDER`.',
    '',
    ...withoutUs(parts, names),
    ...(phones.length === 0
      ? []
      : [
          'A phone comes back as the folder MobileSync/<UDID>. Finder, Apple Devices or `idevicebackup2 restore` put it onto a phone, with the backup password.',
          '',
        ]),
    '## The configuration, without any secret',
    '',
    '```yaml',
    shown.trimEnd(),
    '```',
    '',
  ].join('\n');
};

/** What else than the password of the repository leads to a copy. */
const accessLine = ({ name, options }: DestinationConfig): string[] => {
  const keys = Object.entries(options as object).flatMap(([key, value]) =>
    findReferences(value).length > 0 ? key : [],
  );
  return keys.length === 0 ? [] : ['', `Access to "${name}" (${keys.join(', ')}): ${line}`];
};

const withoutUs = ({ own, stockPlaceOf }: KitParts, names: readonly string[]): string[] => {
  const title = ['## How to get it back without Triplicate', ''];
  const strange = own.chain.codecs.map(({ type }) => type).filter((type) => type !== 'compress');
  if (!own.chain.standard)
    return [
      ...title,
      `It cannot be: these copies are written with ${strange.map((type) => `"${type}"`).join(', ') || 'a transform of its own'}, which stock restic does not know. Keep a copy of that plugin beside this page.`,
      '',
    ];
  return [
    ...title,
    'Every copy is an ordinary restic repository (https://restic.net, 0.14 or newer):',
    '',
    ...own.destinations.flatMap((one) => [...fromOne(one.name, stockPlaceOf(one), names), '']),
  ];
};

const fromOne = (destination: string, place: StockPlace | undefined, names: readonly string[]): string[] => {
  const { repository = 'PLACE', needs } = place ?? {
    needs: 'its place, as the page of restic on preparing a repository says, instead of PLACE',
  };
  return [
    `From **${destination}**${needs === undefined ? '' : `, with ${needs}`}:`,
    '',
    ...names.map(
      (name) => `    restic -r ${shellWord(repository)} restore latest --tag source:${name} --target restored/${name}`,
    ),
  ];
};

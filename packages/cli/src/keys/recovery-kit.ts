/** What a person needs who has neither this computer nor its configuration any more, on one page to print. */
import type { Config, PipelineConfig } from '@triplicate/core';

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
  readonly made: string;
  /** Names of the sources that have snapshots. */
  readonly stored: readonly string[];
}

const line = '_'.repeat(60);

/** Markdown. The passwords are lines to write on by hand: no secret is ever printed. */
export const recoveryKit = ({ own, config, places, absent, made, stored }: KitParts): string => {
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
    '',
    '## Where the copies are',
    '',
    'Each is complete by itself; one is enough.',
    '',
    ...places.map(
      ({ name, label, keys }) =>
        `- **${name}**: ${label} (keys ${keys.map((id) => id.slice(0, 8)).join(', ') || 'none'})`,
    ),
    ...absent.map((name) => `- **${name}**: did not answer when this was made`),
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
    '## How to get it back without Triplicate',
    '',
    'Every copy is an ordinary restic repository (https://restic.net):',
    '',
    ...places.flatMap(({ label }) => names.map((name) => resticLine(label, name))),
    '',
    ...(phones.length === 0
      ? []
      : [
          'A phone comes back as the folder MobileSync/<UDID>. Finder, Apple Devices or `idevicebackup2 restore` put it onto a phone, with the backup password.',
          '',
        ]),
  ].join('\n');
};

/** What restic reaches only through rclone, or by other words than ours, is said so. */
const resticLine = (label: string, name: string): string => {
  const place = resticPlace(label);
  const command = `restore latest --tag source:${name} --target restored/${name}`;
  return place === undefined
    ? `    restic -r PLACE ${command}   # ${label}: see restic's page on preparing a repository`
    : `    restic -r ${JSON.stringify(place)} ${command}`;
};

const resticPlace = (label: string): string | undefined => {
  if (/^(\/|[A-Za-z]:[\\/])/.test(label)) return label;
  if (/^(sftp|rest):/.test(label)) return label;
  return label.startsWith('file://') ? label.slice('file://'.length) : undefined;
};

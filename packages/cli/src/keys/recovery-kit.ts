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
}

const line = '_'.repeat(60);

/** Markdown. The passwords are lines to write on by hand: no secret is ever printed. */
export const recoveryKit = ({ own, config, places, absent, made }: KitParts): string => {
  const phones = own.sources.filter(({ type }) => type === 'device' || type === 'mobilesync');
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
    '',
    '## How to get it back with Triplicate',
    '',
    '    npx triplicate --repo FOLDER restore latest --to restored',
    '',
    'for a copy in a folder; for one in a cloud write its destination into a new triplicate.yaml, and run `triplicate init` (it touches nothing that is there), then `triplicate restore`.',
    '',
    '## How to get it back without Triplicate',
    '',
    'Every copy is an ordinary restic repository (https://restic.net):',
    '',
    ...places.map(({ label }) => `    restic -r ${resticNameOf(label)} restore latest --target restored`),
    '',
    ...(phones.length === 0
      ? []
      : [
          'A phone comes back as the folder MobileSync/<UDID>. Finder, Apple Devices or `idevicebackup2 restore` put it onto a phone, with the backup password.',
          '',
        ]),
  ].join('\n');
};

/** As restic names the place; what it reaches only through rclone is said so. */
const resticNameOf = (label: string): string => {
  if (/^(\/|[A-Za-z]:[\\/])/.test(label)) return JSON.stringify(label);
  if (/^(sftp|rest):/.test(label)) return JSON.stringify(label);
  if (label.startsWith('file://')) return JSON.stringify(label.slice('file://'.length));
  return `PLACE   # ${label}: see restic's page on preparing a repository`;
};

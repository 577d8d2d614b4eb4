import { InvalidArgumentError, Option, type Command } from 'commander';

/** Understood by every command, before or after its name. */
export interface GlobalOptions {
  readonly config?: string;
  readonly pipeline?: string;
  readonly repo?: string;
  readonly passwordFile?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** Milliseconds. */
  readonly retryLock?: number;
}

const parseTime = (text: string): number => {
  const [, count, unit = ''] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * (unitMs[unit] ?? 0);
  throw new InvalidArgumentError('Write a time, e.g. 30s, 5m or 1h.');
};
const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

export const addGlobalOptions = (program: Command): Command =>
  program
    .option('-c, --config <file>', 'configuration to use (else $TRIPLICATE_CONFIG, ./triplicate.yaml, your own folder)')
    .option('-p, --pipeline <name>', 'pipeline to work on; needed when there are several')
    .option('--repo <folder>', 'work on one replica in this folder, without any configuration')
    .option('--password-file <file>', 'with --repo and init: file whose first line is the password')
    .option('--retry-lock <time>', 'wait so long for a repository that another program has locked, e.g. 2m', parseTime)
    .option('--json', 'print one JSON object a line')
    .addOption(
      new Option('-q, --quiet', 'say nothing but what was asked for, warnings and errors').conflicts('verbose'),
    )
    .option('-v, --verbose', 'say more, and show where errors come from');

/** What has to be known before the command line is parsed, since parsing itself may fail and that has to be told in the right way. */
export const peekOutputOptions = (
  parameters: readonly string[],
): { readonly json: boolean; readonly quiet: boolean; readonly verbose: boolean } => {
  const end = parameters.indexOf('--');
  const own = end === -1 ? parameters : parameters.slice(0, end);
  const has = (...names: readonly string[]): boolean => own.some((parameter) => names.includes(parameter));
  return { json: has('--json'), quiet: has('-q', '--quiet'), verbose: has('-v', '--verbose') };
};

import type { BackupError } from '@triplicate/core';
import type { WarningPlace } from './output.ts';
import type { Style } from './style.ts';

/** The names of objects are 64 digits long: eight tell them apart, as of snapshots. `--json` has them whole, and so has an error with `--verbose`. */
export const shortNames = (message: string): string => message.replaceAll(/\b([0-9a-f]{8})[0-9a-f]{56}\b/g, '$1…');

/** `error: message`, with what to do about it on the next line; with `verbose` the way it came. */
export const formatError = (error: BackupError, style: Style, { verbose }: { readonly verbose: boolean }): string => {
  const lines = [
    `${style.bad('error:')} ${verbose ? error.message : shortNames(error.message)}`,
    ...hintLines(error, style),
  ];
  if (verbose) lines.push(style.faint(stackOf(error)));
  return lines.join('\n');
};

export const formatWarning = (error: BackupError, { destination, source }: WarningPlace, style: Style): string => {
  const place = destination ?? source;
  const named = place === undefined || error.message.includes(`"${place}"`) ? '' : `${place}: `;
  return [`${style.caution('warning:')} ${named}${shortNames(error.message)}`, ...hintLines(error, style)].join('\n');
};

const hintLines = ({ hint }: BackupError, style: Style): string[] =>
  hint === undefined ? [] : [`  ${style.faint(`hint: ${asClause(hint)}`)}`];

/** Hints are written as sentences or as clauses; after "hint:" stands a clause. */
export const asClause = (hint: string): string => {
  const plain = hint.replace(/(?<!\.)\.$/, '');
  return /^[A-Z][a-z]/.test(plain) ? plain.charAt(0).toLowerCase() + plain.slice(1) : plain;
};

/** The stacks of an error and of what caused it. */
const stackOf = (error: Error): string => {
  const parts: string[] = [];
  for (let next: unknown = error; next instanceof Error && parts.length < 8; next = next.cause) {
    parts.push(`${parts.length > 0 ? 'caused by ' : ''}${next.stack ?? next.message}`);
  }
  return parts.join('\n');
};

import { destinationChecks, runChecks, type CheckResult } from '@triplicate/conformance';
import {
  type BackupError,
  type Destination,
  type ErrorCode,
  isBackupError,
  maxKeyLength,
  type PipelineDestination,
  toBackupError,
} from '@triplicate/core';
import { formatCount } from '../output/format.ts';
import type { Diagnosis } from './diagnosis.ts';
import { keepsAnything, proveRepository } from './prove-repository.ts';
import type { Waiting } from './tell-waiting.ts';

interface Proof {
  readonly signal: AbortSignal;
  readonly diagnosis: Diagnosis;
  readonly waiting: Waiting;
  readonly heavy: boolean;
}

/**
 * Runs the contract of destinations against a person's own place, in a folder of its own that is removed afterwards; where there can be no
 * such folder, what can be proven inside of the repository.
 */
export const proveDestination = async (
  configured: PipelineDestination,
  { signal, diagnosis, heavy, waiting }: Proof,
): Promise<void> => {
  const subject = `proof of ${configured.name}`;
  if (configured.readOnly) {
    await diagnosis.add({ subject, name: 'writes and reads', status: 'skipped', message: 'it is read-only' });
    return;
  }
  waiting.at(listing);
  if (await provedInside(configured, { signal, diagnosis, subject })) return;
  let told: Promise<unknown> = Promise.resolve();
  let passed = 0;
  const tell = (result: CheckResult): void => {
    if (result.status === 'passed') passed += 1;
    told = told.then(() => tellResult(result, subject, diagnosis));
  };
  const { prefix } = configured;
  const longestKey = prefix === undefined ? maxKeyLength : maxKeyLength - prefix.length - 1;
  const open = (): Promise<Destination> => configured.open(signal);
  const endAfter = (result: CheckResult): boolean => reasonIn(result, endings) !== undefined;
  const onStart = ({ name }: { readonly name: string }): void => waiting.at(name);
  let refused = false;
  const onRefusal = (error: BackupError): void => {
    refused = true;
    told = diagnosis.fail(subject, aspectOf(error, 'stores an object'), error);
  };
  const how = { signal, heavy, longestKey, onStart, onRefusal, onResult: tell, endAfter };
  const report = await runChecks(destinationChecks, open, how);
  await told;
  if (refused) return;
  if (passed > 0)
    await diagnosis.sumUp(subject, `does what backups need, in ${formatCount(passed, 'check')} (--verbose names them)`);
  if (report.left === 0) return;
  const message = `${report.left ?? 'the'} objects in "${report.folder}" could not be deleted`;
  await diagnosis.add({ subject, name: 'is clean afterwards', status: 'warning', message });
};

const listing = 'lists what is there';

/** Or there is nothing that could be proven, which is told. */
const provedInside = async (
  configured: PipelineDestination,
  parts: Pick<Proof, 'signal' | 'diagnosis'> & { readonly subject: string },
): Promise<boolean> => {
  await using destination = await configured.open(parts.signal);
  try {
    if (await keepsAnything(destination, parts.signal)) return false;
    await proveRepository(destination, parts);
  } catch (error) {
    parts.signal.throwIfAborted();
    await parts.diagnosis.fail(parts.subject, listing, toBackupError(error));
  }
  return true;
};

/** What the account may not do, or the place takes from nobody: nearly every check would fail by it, and no plugin is to blame. */
const refusals: ReadonlySet<ErrorCode> = new Set(['AUTH', 'READ_ONLY']);
/** Nor when the place is full, or does not answer any more: each further check would wait for it as long as a backup does. */
const endings: ReadonlySet<ErrorCode> = new Set([...refusals, 'QUOTA_EXCEEDED', 'RATE_LIMITED', 'UNAVAILABLE']);

const reasonIn = (result: CheckResult, codes: ReadonlySet<ErrorCode>): BackupError | undefined => {
  const error = result.status === 'failed' ? result.error : undefined;
  return isBackupError(error) && codes.has(error.code) ? error : undefined;
};

/** What is wrong, where that is not the check that met it. */
const aspectOf = ({ code }: BackupError, otherwise: string): string => {
  if (refusals.has(code)) return 'allows what backups need';
  return code === 'QUOTA_EXCEEDED' ? 'has room' : otherwise;
};

const tellResult = (result: CheckResult, subject: string, diagnosis: Diagnosis): Promise<void> => {
  const { name, plain } = result.check;
  if (result.status === 'passed') return diagnosis.addUnseen({ subject, name, status: 'ok' });
  if (result.status !== 'failed') return diagnosis.addUnseen({ subject, name, status: 'skipped' });
  const ending = reasonIn(result, endings);
  if (ending !== undefined) {
    return diagnosis.fail(subject, aspectOf(ending, name), ending);
  }
  const { hint = plain, message } = toBackupError(result.error);
  return diagnosis.add({ subject, name, status: 'failed', message: message.split('\n')[0] ?? message, hint });
};

/**
 * Verification that adds up: each turn looks whether every snapshot has all that it needs, reads the objects that are due, and mends what
 * is bad from the siblings at once.
 */
import { throwIfAborted, toBackupError, type BackupError } from '../errors.ts';
import type { Replica } from '../repository/replica.ts';
import { requireNames, type CheckError } from './check.ts';
import { note } from './note.ts';
import type { Pipeline } from './pipeline.ts';
import { alarmLostSnapshots } from './remember.ts';
import { isReadOnly, readOnlyError } from './read-only.ts';
import { Session } from './session.ts';
import { lookAtDue } from './verify-look.ts';
import { mend } from './verify-mend.ts';

export interface VerifyRequest {
  readonly only?: ReadonlySet<string>;
  readonly withinMs: number;
  /** How long it may be until the next turn. */
  readonly untilNextMs: number;
}

export interface VerifyResult {
  readonly destination: string;
  /** `healed`: something was bad and is whole again. */
  readonly status: 'whole' | 'healed' | 'damaged' | 'failed' | 'skipped' | 'locked';
  readonly packs: number;
  readonly packsRead: number;
  readonly bytesRead: number;
  readonly found: readonly CheckError[];
  /** What is still bad. */
  readonly left: readonly CheckError[];
  readonly error?: BackupError;
}

const nothing = { packs: 0, packsRead: 0, bytesRead: 0, found: [], left: [] };

/** TypeError without a catalog: what was read when has to be kept somewhere. */
export const verifyDue = async (pipeline: Pipeline, request: VerifyRequest): Promise<readonly VerifyResult[]> => {
  requireNames(pipeline, request.only);
  const results: VerifyResult[] = [];
  {
    await using session = await Session.open(pipeline, {
      lock: 'reading',
      ...(request.only ? { only: request.only } : {}),
    });
    const lost = await alarmLostSnapshots(session);
    for (const replica of session.replicas)
      results.push(await verifyOne(session, replica, { ...request, lost: lost.get(replica.name) ?? [] }));
    results.push(
      ...session.absent.map(({ name, status, error }): VerifyResult => ({
        destination: name,
        status,
        ...nothing,
        error,
      })),
    );
  }
  for (const [i, result] of results.entries()) {
    if (result.status === 'damaged') results[i] = await mended(pipeline, result);
  }
  await remember(pipeline, results);
  return results;
};

const verifyOne = async (
  session: Session,
  replica: Replica,
  request: VerifyRequest & { readonly lost: readonly string[] },
): Promise<VerifyResult> => {
  const { pipeline } = session;
  try {
    const looked = await lookAtDue(session, replica, request);
    return {
      destination: replica.name,
      status: looked.found.length > 0 ? 'damaged' : 'whole',
      ...looked,
      left: looked.found,
    };
  } catch (cause) {
    throwIfAborted(pipeline.signal);
    return {
      destination: replica.name,
      status: 'failed',
      ...nothing,
      error: toBackupError(cause).with({ destination: replica.name }),
    };
  }
};

const mended = async (pipeline: Pipeline, result: VerifyResult): Promise<VerifyResult> => {
  if (isReadOnly(pipeline, result.destination)) return { ...result, error: readOnlyError(result.destination) };
  try {
    const { found, left } = await mend(pipeline, result);
    return { ...result, status: left.length > 0 ? 'damaged' : 'healed', found, left };
  } catch (cause) {
    throwIfAborted(pipeline.signal);
    return { ...result, error: toBackupError(cause).with({ destination: result.destination }) };
  }
};

/** Damage that is left counts against the destination until a check finds it whole. */
const remember = async (pipeline: Pipeline, results: readonly VerifyResult[]): Promise<void> => {
  const at = pipeline.clock.now().getTime();
  await note(pipeline, (content) => {
    const checks = { ...content.checks };
    for (const { destination, status } of results) {
      if (status === 'damaged') checks[destination] = { at, whole: false, readData: true };
      if (status === 'healed' || status === 'whole')
        checks[destination] = {
          at,
          whole: content.checks[destination]?.whole !== false || status === 'healed',
          readData: false,
        };
    }
    return { ...content, checks };
  });
};

import { createHash, randomBytes } from 'node:crypto';
import { bodyOf, collect, type Destination, isBackupError, toBackupError } from '@triplicate/core';
import type { Diagnosis } from './diagnosis.ts';

interface Parts {
  readonly subject: string;
  readonly signal: AbortSignal;
  readonly diagnosis: Diagnosis;
}

/**
 * Whether a folder can be had in which anything may be stored; some servers take a repository's own objects alone. Throws when the place does
 * not answer: each check would wait for it again.
 */
export const keepsAnything = async (destination: Destination, signal: AbortSignal): Promise<boolean> => {
  try {
    for await (const _ of destination.list('triplicate-check/', { signal })) break;
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (isBackupError(error) && error.retryable) throw error;
    // Any other trouble is told by the checks.
    return !isBackupError(error, 'UNSUPPORTED');
  }
};

const size = 100_000;

/** What can be proven inside of a repository: with one object under its hash among the packs, which nobody reads and which is removed again. */
export const proveRepository = async (
  destination: Destination,
  { diagnosis, signal, subject }: Parts,
): Promise<void> => {
  const skip = (message: string): Promise<void> =>
    diagnosis.add({ subject, name: 'writes and reads', status: 'skipped', message });
  const why = 'the server takes the objects of a repository alone';
  if (!destination.capabilities.canDelete) return skip(`${why}, and what is written to prove it would stay`);
  if ((await destination.stat('config', { signal })) === undefined) return skip(`${why}, and there is none yet`);
  const content = randomBytes(size);
  const id = createHash('sha256').update(content).digest('hex');
  const key = `data/${id.slice(0, 2)}/${id}`;
  const steps: readonly (readonly [name: string, work: () => Promise<boolean>])[] = [
    ['stores an object', async () => (await destination.put(key, bodyOf(content), { signal })).size === size],
    ['tells its size', async () => (await destination.stat(key, { signal }))?.size === size],
    ['gives it back', async () => (await collect(destination.get(key, { signal }))).equals(content)],
    [
      'gives a part of it',
      async () => {
        const range = { offset: 70_000, length: 1000 };
        return (await collect(destination.get(key, { signal, range }))).equals(content.subarray(70_000, 71_000));
      },
    ],
    ['lists it once', async () => (await timesListed(destination, key, signal)) === 1],
    [
      'deletes it',
      async () => {
        await destination.delete(key, { signal });
        return (await destination.stat(key, { signal })) === undefined;
      },
    ],
  ];
  try {
    for (const [name, work] of steps) {
      if (!(await provedStep({ subject, diagnosis, signal }, name, work))) break;
    }
  } finally {
    await destination.delete(key, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  }
};

const provedStep = async (
  { diagnosis, signal, subject }: Parts,
  name: string,
  work: () => Promise<boolean>,
): Promise<boolean> => {
  const plain = 'Do not use this place for backups before you know why: a proxy or a gateway may be in the way';
  try {
    const isRight = await work();
    await diagnosis.add(
      isRight
        ? { subject, name, status: 'ok' }
        : { subject, name, status: 'failed', message: 'the answer is wrong', hint: plain },
    );
    return isRight;
  } catch (cause) {
    signal.throwIfAborted();
    await diagnosis.fail(subject, name, toBackupError(cause));
    return false;
  }
};

const timesListed = async (destination: Destination, wanted: string, signal: AbortSignal): Promise<number> => {
  let times = 0;
  for await (const { key } of destination.list('data/', { signal })) times += key === wanted ? 1 : 0;
  return times;
};

/** finish_batch, with which rclone commits: https://www.dropbox.com/developers/documentation/http/documentation#files-upload_session-finish_batch */
import type { Call } from './calls.ts';
import { Refusal } from './refusal.ts';
import { uploadCalls } from './calls.ts';

interface Batch {
  readonly entries: readonly Readonly<Record<string, unknown>>[];
}

const jobs = new Map<string, unknown>();

const finishAll: Call = async (surroundings, argument) => {
  const finish = uploadCalls['files/upload_session/finish'];
  const entries: object[] = [];
  for (const entry of (argument as unknown as Batch).entries) {
    try {
      const result = await finish?.(surroundings, entry, Buffer.alloc(0));
      entries.push({ '.tag': 'success', ...(result as object) });
    } catch (error) {
      if (!(error instanceof Refusal) || typeof error.body === 'string') throw error;
      entries.push({ '.tag': 'failure', failure: (error.body as { readonly error: object }).error });
    }
  }
  return { entries };
};

export const batchCalls: Readonly<Record<string, Call>> = {
  'files/upload_session/finish_batch_v2': finishAll,
  'files/upload_session/finish_batch': async (surroundings, argument, content) => {
    const id = `dbjid:${jobs.size}`;
    jobs.set(id, await finishAll(surroundings, argument, content));
    return { '.tag': 'async_job_id', async_job_id: id };
  },
  'files/upload_session/finish_batch/check': (_, { async_job_id: id }) => ({
    '.tag': 'complete',
    ...(jobs.get(String(id)) as object),
  }),
};

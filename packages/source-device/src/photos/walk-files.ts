import { BackupError, isBackupError, throwIfAborted } from '@triplicate/core';
import type { AfcClient, AfcInfo } from '../afc/afc-client.ts';

const deepest = 64;

/** A folder, then what is in it. `relative` to where the walk began; empty for that folder itself. */
export type WalkedFile =
  { readonly relative: string; readonly info: AfcInfo } | { readonly relative: string; readonly error: BackupError };

/** Folders and files below `from`, by name. Links and what is neither are passed over: they lead out of what is shared. */
export async function* walkFiles(afc: AfcClient, from: string, signal: AbortSignal): AsyncGenerator<WalkedFile> {
  yield* walk({ afc, from, signal }, '', 0);
}

interface Walk {
  readonly afc: AfcClient;
  readonly from: string;
  readonly signal: AbortSignal;
}

async function* walk(around: Walk, relative: string, depth: number): AsyncGenerator<WalkedFile> {
  const { afc, from, signal } = around;
  throwIfAborted(signal);
  const path = relative === '' ? from : `${from}/${relative}`;
  try {
    const info = await afc.info(path);
    if (info.type !== 'dir' && info.type !== 'file') return;
    yield { relative, info };
    if (info.type !== 'dir') return;
    if (depth >= deepest) {
      const error = new BackupError('UNSUPPORTED', `what is in it lies deeper than ${deepest} folders`);
      return void (yield { relative, error });
    }
    for (const name of (await afc.list(path)).toSorted()) {
      if (!isPlainName(name))
        throw new BackupError('CORRUPT', 'the phone listed a file under a name that leads elsewhere');
      yield* walk(around, relative === '' ? name : `${relative}/${name}`, depth + 1);
    }
  } catch (error) {
    if (!isBackupError(error) || error.context['afc'] === undefined) throw error;
    yield { relative, error };
  }
}

const isPlainName = (name: string): boolean =>
  name.isWellFormed() && name !== '..' && name !== '.' && !name.includes('/') && !name.includes('\0');

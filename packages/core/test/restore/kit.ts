import { readFileSync } from 'node:fs';
import { type BytePath, bytesFromText, textFromBytes } from '../../src/bytes.ts';
import { throwIfAborted } from '../../src/errors.ts';
import type { FileContent } from '../../src/restore/content.ts';
import type { FileThreads } from '../../src/restore/file-batch.ts';
import type { RestoreOptions, RestoreReport } from '../../src/restore/options.ts';
import { restoreBatch } from '../../src/restore/restore-batch.ts';
import { restoreToFolder } from '../../src/restore/restore.ts';
import { MemorySnapshot, type Spec } from './memory-snapshot.ts';

const { signal } = new AbortController();

const way = { inBatches: false };

/** From now on files are restored as threads do it, with all that travels between those. */
export const restoreInBatches = (): void => {
  way.inBatches = true;
};

export const restore = (
  spec: MemorySnapshot | Readonly<Record<string, Spec>>,
  root: string,
  options: Partial<RestoreOptions> = {},
): Promise<RestoreReport> => {
  const snapshot = spec instanceof MemorySnapshot ? spec : new MemorySnapshot(spec);
  const threads = way.inBatches ? batchesOf(options.content ?? snapshot, options.signal ?? signal) : undefined;
  return restoreToFolder(snapshot, root, { signal, threads, ...options });
};

const batchesOf = (content: FileContent, stopping: AbortSignal): FileThreads => ({
  atOnce: 2,
  mostBytes: 8 * 1024 * 1024,
  locate: ({ size = 0 }) => ({ bytes: size }),
  restore: async (files, options) => {
    const sent = structuredClone(files.map(({ file }) => file));
    const untilStopped: FileContent = {
      ...(content instanceof MemorySnapshot ? { blob: (...what) => content.blobOf(...what) } : {}),
      async *open(...what) {
        for await (const blob of content.open(...what)) {
          yield blob;
          throwIfAborted(stopping);
        }
      },
    };
    const parts = { options: structuredClone(options), content: untilStopped, isStopped: () => stopping.aborted };
    return structuredClone(await restoreBatch(sent, parts));
  },
});

export const problems = ({ problems: list }: RestoreReport): string[] =>
  list.map(({ path, error }) => `${textFromBytes(path)}: ${error.code}`);
export const text = (path: string): string => readFileSync(path, 'utf8');
export const paths = (...list: string[]): BytePath[] => list.map(bytesFromText);

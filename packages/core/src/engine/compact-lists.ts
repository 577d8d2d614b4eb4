/** Lists that travel between threads in few large values: cloning an object for each small file costs more than sealing it. */
import type { FileJob, FileResult } from './messages.ts';

/** Files to read: NUL can stand in no path. */
export interface CompactFiles {
  /** One behind the other, with NUL between them. */
  readonly paths: string;
  /** Inode and device of each. */
  readonly marks: BigUint64Array;
}

export const compactFiles = (files: readonly FileJob[]): CompactFiles => {
  const marks = new BigUint64Array(files.length * 2);
  for (const [i, { inode, device }] of files.entries()) {
    marks[2 * i] = inode;
    marks[2 * i + 1] = device;
  }
  return { paths: files.map(({ localPath }) => localPath).join('\0'), marks };
};

export const filesOf = ({ paths, marks }: CompactFiles): FileJob[] =>
  marks.length === 0
    ? []
    : paths
        .split('\0')
        .map((localPath, i) => ({ localPath, inode: marks[2 * i] ?? 0n, device: marks[2 * i + 1] ?? 0n }));

/** What was found in each of several files or contents. */
export interface CompactResults {
  /** Size, new blobs, new bytes, new plain bytes and number of ids, in this order for each; the last is -1 where it failed. */
  readonly numbers: Float64Array;
  /** Of all of them, one behind the other. */
  readonly ids: Uint8Array;
  /** In order. */
  readonly failures: readonly Extract<FileResult, { failed: unknown }>[];
}

const fields = 5;
const idBytes = 32;

export const compactResults = (results: readonly FileResult[]): CompactResults => {
  const numbers = new Float64Array(results.length * fields);
  const failures: CompactResults['failures'][number][] = [];
  let length = 0;
  for (const result of results) if (!('failed' in result)) length += result.ids.byteLength;
  const ids = new Uint8Array(length);
  let at = 0;
  for (const [i, result] of results.entries()) {
    if ('failed' in result) {
      failures.push(result);
      numbers[fields * i + 4] = -1;
      continue;
    }
    const { size, newBlobs, newBytes, newPlainBytes } = result;
    numbers.set([size, newBlobs, newBytes, newPlainBytes, result.ids.byteLength / idBytes], fields * i);
    ids.set(result.ids, at);
    at += result.ids.byteLength;
  }
  return { numbers, ids, failures };
};

export const resultsOf = ({ numbers, ids, failures }: CompactResults): FileResult[] => {
  let at = 0;
  let failed = 0;
  return Array.from({ length: numbers.length / fields }, (_, i): FileResult => {
    const [size = 0, newBlobs = 0, newBytes = 0, newPlainBytes = 0, count = 0] = numbers.subarray(
      fields * i,
      fields * (i + 1),
    );
    const failure = count < 0 ? failures[failed++] : undefined;
    if (failure) return failure;
    const from = at;
    at += count * idBytes;
    return { size, newBlobs, newBytes, newPlainBytes, ids: ids.subarray(from, at) };
  });
};

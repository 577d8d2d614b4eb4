import { readFileSync } from 'node:fs';
import { type BytePath, bytesFromText, textFromBytes } from '../../src/bytes.ts';
import type { RestoreOptions, RestoreReport } from '../../src/restore/options.ts';
import { restoreToFolder } from '../../src/restore/restore.ts';
import { MemorySnapshot, type Spec } from './memory-snapshot.ts';

const { signal } = new AbortController();

export const restore = (
  spec: MemorySnapshot | Readonly<Record<string, Spec>>,
  root: string,
  options: Partial<RestoreOptions> = {},
): Promise<RestoreReport> =>
  restoreToFolder(spec instanceof MemorySnapshot ? spec : new MemorySnapshot(spec), root, { signal, ...options });

export const problems = ({ problems: list }: RestoreReport): string[] =>
  list.map(({ path, error }) => `${textFromBytes(path)}: ${error.code}`);
export const text = (path: string): string => readFileSync(path, 'utf8');
export const paths = (...list: string[]): BytePath[] => list.map(bytesFromText);

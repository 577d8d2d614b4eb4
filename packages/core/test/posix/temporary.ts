import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BytePath, bytesFromText } from '../../src/bytes.ts';

export interface TemporaryFolder extends Disposable {
  readonly path: string;
  readonly bytes: BytePath;
  at(name: string): string;
}

/** A folder of its own for a test, removed when its scope ends. */
export const temporaryFolder = (): TemporaryFolder => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'triplicate-core-')));
  return {
    path,
    bytes: bytesFromText(path),
    at: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
};

export const isRoot = process.geteuid?.() === 0;

/** Runs `act` as the user `nobody`; needs root. */
export const asNobody = async <Result>(act: () => Promise<Result>): Promise<Result> => {
  process.setegid?.(65534);
  process.seteuid?.(65534);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
};

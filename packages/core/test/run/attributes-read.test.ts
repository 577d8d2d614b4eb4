import { platform } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bytesFromText } from '../../src/bytes.ts';
import { BackupError } from '../../src/errors.ts';
import * as trusted from '../../src/posix/sees-trusted.ts';
import { attributesReadAt } from '../../src/run/attributes-read.ts';
import { Session } from '../../src/run/session.ts';
import type { Source } from '../../src/source/source.ts';
import { MemoryDestination } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';

/** Whether a run after one that could not read this thinks that it knows all extended attributes. */
const isKnownAfter = async (...missed: readonly BackupError[]): Promise<boolean> => {
  const files = mapSource(() => new Map([['file', Buffer.from('content')]]));
  const source: Source = {
    ...files,
    capture: async (builder, options) => {
      for (const error of missed) builder.unreadable(bytesFromText('file'), error);
      return files.capture(builder, options);
    },
  };
  const { store } = new MemoryDestination();
  const destinations = { a: () => new MemoryDestination({ store }) };
  const { pipeline } = testPipeline({ sources: { files: () => source }, destinations });
  await init(pipeline);
  await run(pipeline);
  await using session = await Session.open(pipeline, { lock: 'read' });
  return (await attributesReadAt(pipeline, 'files', session.snapshots.at(-1))) !== undefined;
};

vi.mock('../../src/posix/sees-trusted.ts', { spy: true });
afterEach(() => vi.resetAllMocks());

describe.skipIf(platform() === 'win32')('extended attributes of the previous snapshot', () => {
  it('are known, also when a file in it could not be read', async () => {
    expect(await isKnownAfter()).toBe(true);
    expect(await isKnownAfter(new BackupError('AUTH', 'not yours'))).toBe(true);
  });

  it('are asked for again after one of them could not be read', async () => {
    expect(await isKnownAfter(new BackupError('IO', 'broken').with({ part: 'extended attributes' }))).toBe(false);
  });

  it('are asked for by who is shown trusted ones, when the run before was not', async () => {
    vi.mocked(trusted.seesTrusted).mockReturnValueOnce(false).mockReturnValue(true);
    expect(await isKnownAfter()).toBe(false);
  });
});

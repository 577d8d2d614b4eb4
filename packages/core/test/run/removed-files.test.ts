import { describe, expect, it } from 'vitest';
import { bytesFromText, type BytePath } from '../../src/bytes.ts';
import { BackupError } from '../../src/errors.ts';
import type { Captured } from '../../src/run/capture.ts';
import type { RunEvent } from '../../src/events.ts';
import { backup, type BackupRequest } from '../../src/run/backup.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import type { Source } from '../../src/source/source.ts';
import { MemoryDestination } from '../../src/testing/index.ts';
import { init, mapSource, testPipeline } from '../kit/repository.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

const captured = async (pipeline: Pipeline, request: Partial<BackupRequest> = {}): Promise<Captured | undefined> => {
  const report = await backup(pipeline, { tags: [], force: false, dryRun: false, wait: 'all', ...request });
  return report.sources[0]?.captured;
};

interface Folder {
  readonly files: Map<string, Uint8Array>;
  /** What stands there and cannot be read. */
  readonly closed: string[];
  readonly pipeline: Pipeline;
  readonly events: readonly RunEvent[];
}

const folder = async (base: 'empty' | 'previous' = 'empty'): Promise<Folder> => {
  const names = ['a/one', 'a/two', 'a/deep/three', 'b/four', 'five'];
  const files = new Map(names.map((name) => [name, bytes(name)]));
  const closed: string[] = [];
  const inner = mapSource(() => new Map([...files].filter(([name]) => !closed.some((one) => name.startsWith(one)))), {
    base,
  });
  const source: Source = {
    ...inner,
    capture(builder, options) {
      for (const path of closed)
        builder.unreadable(bytesFromText(path) as BytePath, new BackupError('UNREADABLE', 'permission denied'));
      return inner.capture(builder, options);
    },
  };
  const store = new MemoryDestination({ label: 'a' });
  const { pipeline, events } = testPipeline({
    sources: { files: () => source },
    destinations: { a: () => new MemoryDestination({ label: 'a', store: store.store }) },
  });
  await init(pipeline);
  return { files, closed, pipeline, events };
};

describe('what a backup says of files that are gone', () => {
  it.each(['empty', 'previous'] as const)('counts them, for a source that begins %s', async (base) => {
    const { files, pipeline } = await folder(base);
    expect(await captured(pipeline)).toMatchObject({ removed: 0, counts: { filesNew: 5 } });
    for (const name of ['a/two', 'a/deep/three']) files.delete(name);
    files.set('b/six', bytes('six'));
    expect(await captured(pipeline)).toMatchObject({ removed: 2, counts: { filesNew: 1, filesUnmodified: 3 } });
    expect(await captured(pipeline)).toMatchObject({ removed: 0, counts: { filesNew: 0, filesUnmodified: 4 } });
  });

  it('does not count those that only could not be read', async () => {
    const { files, closed, pipeline } = await folder();
    await captured(pipeline);
    files.delete('five');
    closed.push('a/deep', 'b/four');
    expect(await captured(pipeline)).toMatchObject({ removed: 1, counts: { filesUnmodified: 2, unreadable: 2 } });
  });
});

describe('a backup --force', () => {
  it.each(['empty', 'previous'] as const)(
    'counts what it reads by the previous snapshot, and names no parent, for a source that begins %s',
    async (base) => {
      const { files, pipeline, events } = await folder(base);
      await captured(pipeline);
      files.delete('five');
      files.set('b/four', bytes('another'));
      files.set('b/six', bytes('six'));
      const counts = { filesNew: 1, filesChanged: 1, filesUnmodified: 3, dirsNew: 0 };
      expect(await captured(pipeline, { force: true })).toMatchObject({ removed: 1, counts });
      const parents = events.flatMap((event) => (event.type === 'source-started' ? [event.parent] : []));
      expect(parents).toEqual([undefined, undefined]);
    },
  );
});

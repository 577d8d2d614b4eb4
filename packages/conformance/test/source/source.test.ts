import { seededRandom } from '@triplicate/core/testing';
import { stat } from 'node:fs/promises';
import {
  type BytePath,
  bytesFromText,
  type EntryInfo,
  type SnapshotBuilder,
  type CaptureOptions,
  type Source,
} from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { runSourceCheck } from '../../src/source/scope.ts';
import { sourceChecks, testSource } from '../../src/index.ts';
import { restoreTo, TinySource } from './tiny-source.ts';

testSource({ describe, it }, 'a tiny source', { open: async (folder) => new TinySource(folder), restore: restoreTo });

class FollowsLinks extends TinySource {
  override async look(path: BytePath): ReturnType<TinySource['look']> {
    const target = await stat(this.local(path), { bigint: true }).catch(() => undefined);
    return target?.isFile() ? target : super.look(path);
  }
}

class GivesUp extends TinySource {
  override failed(_builder: SnapshotBuilder, _path: BytePath, error: unknown): void {
    throw error;
  }
}

class KeepsSilent extends TinySource {
  override failed(): void {}
}

class RoundsTimes extends TinySource {
  override info(of: Parameters<TinySource['info']>[0]): EntryInfo {
    const info = super.info(of);
    return { ...info, mtimeNs: (info.mtimeNs / 1000n) * 1000n + 1n };
  }
}

class SpeaksText extends TinySource {
  override async names(folder: BytePath): ReturnType<TinySource['names']> {
    return (await super.names(folder)).map((name) => bytesFromText(Buffer.from(name, 'latin1').toString('utf8')));
  }
}

class EndsTooEarly extends TinySource {
  override async walk(builder: SnapshotBuilder, folder: BytePath, options: CaptureOptions): Promise<void> {
    if (folder !== '') await builder.endDirectory(folder);
    await super.walk(builder, folder, options);
  }
}

class NeverKeeps extends TinySource {
  override isUnchanged(): boolean {
    return false;
  }
}

class AlwaysKeeps extends TinySource {
  override isUnchanged(): boolean {
    return true;
  }
}

class Deaf extends TinySource {
  override capture(builder: SnapshotBuilder, options: CaptureOptions): ReturnType<TinySource['capture']> {
    return super.capture(builder, { ...options, signal: new AbortController().signal });
  }
}

class LosesTheEmpty extends TinySource {
  override async file(...[builder, path, info, options]: Parameters<TinySource['file']>): Promise<void> {
    if (info.size !== 0) await super.file(builder, path, info, options);
  }
}

const run = async (name: string, open: (folder: string) => Source): Promise<string | undefined> => {
  const check = sourceChecks.find((candidate) => candidate.name === name);
  if (check === undefined) throw new Error(`there is no check "${name}"`);
  const options = { random: seededRandom(5), signal: new AbortController().signal };
  return runSourceCheck(check, { open: async (folder) => open(folder) }, options);
};

describe('the checks of a source', () => {
  it.each<[string, new (folder: string) => Source, string]>([
    ['follows links', FollowsLinks, 'takes a link for a link, and a circle of links for nothing else'],
    ['gives up at the first trouble', GivesUp, 'reports what it cannot read and goes on'],
    ['keeps silent about trouble', KeepsSilent, 'reports what it cannot read and goes on'],
    ['rounds times', RoundsTimes, 'keeps modes and times to the nanosecond'],
    ['takes names for text', SpeaksText, 'keeps names byte for byte, also those that are no text'],
    ['ends folders too early', EndsTooEarly, 'puts a folder before what is in it and nothing into it after its end'],
    [
      'reads everything again',
      NeverKeeps,
      'gives the same snapshot again when nothing changed, and reads no file for it',
    ],
    ['never reads again', AlwaysKeeps, 'follows what was changed, made, renamed and removed since then'],
    ['does not hear the signal', Deaf, 'stops when the signal fires'],
    ['loses empty files', LosesTheEmpty, 'puts every file with exactly its content'],
  ])('catch one that %s', async (_, Broken, expected) => {
    await expect(run(expected, (folder) => new Broken(folder))).rejects.toBeInstanceOf(Error);
  });
});

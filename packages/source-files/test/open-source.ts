import { type Log, type PluginContext, type Source, systemClock } from '@triplicate/core';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import plugin from '../src/index.ts';
import { filesOptions } from '../src/options.ts';
import { Recorder } from './recorder.ts';

/** A folder of its own for a test, removed when its scope ends. */
export const temporaryFolder = (): Disposable & { readonly path: string } => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'triplicate-files-')));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
};

export const openSource = (options: unknown, warnings: string[] = []): Promise<Source> => {
  const log: Log = { debug: () => {}, info: () => {}, warn: (message) => void warnings.push(message) };
  const context: PluginContext = {
    name: 'documents',
    signal: new AbortController().signal,
    log,
    clock: systemClock,
    secret: async () => '',
    configDirectory: tmpdir(),
    cacheDirectory: tmpdir(),
    stateDirectory: tmpdir(),
  };
  return plugin.open(filesOptions.parse(options), context);
};

/** One capture, from options as they stand in the YAML. */
export const capture = async (
  options: unknown,
  recorder = new Recorder(),
  signal = new AbortController().signal,
): Promise<Recorder> => {
  await using source = await openSource(options);
  await source.capture(recorder, { signal, expect: () => {}, waiting: () => {} });
  return recorder;
};

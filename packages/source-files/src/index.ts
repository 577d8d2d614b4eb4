import { pluginApiVersion, type SourcePlugin } from '@triplicate/core';
import { homedir } from 'node:os';
import { type FilesOptions, filesOptions } from './options.ts';

/** Folders and files of this machine as a source. */
const plugin: SourcePlugin<FilesOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'source',
  type: 'files',
  summary: 'Folders and files of this machine',
  options: filesOptions,
  async open(options, context) {
    const [{ FilesSource }, { absolutePath, readPatterns }, { patternPath }] = await Promise.all([
      import('./source.ts'),
      import('./patterns.ts'),
      import('./local-path.ts'),
    ]);
    const bases = { home: homedir(), base: context.configDirectory };
    const files = (options.excludeFrom ?? []).map((file) => absolutePath(file, bases));
    const listed = await Promise.all(files.map(readPatterns));
    return new FilesSource({
      paths: [...new Set(options.paths.map((path) => absolutePath(path, bases)))],
      options,
      log: context.log,
      selection: {
        home: patternPath(bases.home),
        base: patternPath(bases.base),
        patterns: [...(options.exclude ?? []), ...listed.flat()],
        ignoreFiles: options.ignoreFiles ?? [],
        excludeCaches: options.excludeCaches ?? false,
        excludeIfPresent: options.excludeIfPresent ?? [],
        excludeLargerThan: options.excludeLargerThan,
      },
    });
  },
};

export default plugin;

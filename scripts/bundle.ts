// Makes packages/cli/bundle out of what `tsc -b` has written: the command line, core, and the plugins that most use, with their libraries, in a
// few dozen files instead of nine hundred. Starting is then a third of the work. See docs/benchmarks.md.
import { fileURLToPath } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';
import { assembledKernels } from './assembled-kernels.ts';
import { keptChunks } from './kept-chunks.ts';

const packages = fileURLToPath(new URL('../packages', import.meta.url));

/** Bundled; all else is left to be found by Node: what is native, and what few need (SDKs, the wizard). */
const bundled = [
  '@triplicate/core',
  '@triplicate/dest-local',
  '@triplicate/source-files',
  '@triplicate/source-device',
  '@triplicate/plist',
  'commander',
  'fast-wrap-ansi',
  'fast-string-width',
  'croner',
  'fast-string-truncated-width',
  'ignore',
  'inversify',
  'p-limit',
  'yaml',
  'zod',
];

const dist = (file: string): string => `${packages}/${file}`;

/** Entries that other code asks for by name. Those of core stand for the package itself, see `shareCore`. */
const input = {
  main: 'entry:main',
  'seal-worker': 'entry:seal-worker',
  'verify-worker': 'entry:verify-worker',
  'restore-worker': 'entry:restore-worker',
  'thread-worker': dist('core/dist/thread/thread-worker.js'),
  'kept-code': dist('core/dist/thread/kept-code.js'),
  core: dist('core/dist/index.js'),
  'core-di': dist('core/dist/di/index.js'),
};

const begins: Readonly<Record<string, string>> = {
  'entry:main': dist('cli/dist/main.js'),
  'entry:seal-worker': dist('core/dist/engine/seal-worker.js'),
  'entry:verify-worker': dist('core/dist/engine/verify-worker.js'),
  'entry:restore-worker': dist('core/dist/restore/restore-worker.js'),
};

/** Every thread begins with this: a plugin outside of the bundle that imports core gets the one that is in the bundle. */
const shareCore = `import { registerHooks } from 'node:module';
const core = new Map([
  ['@triplicate/core', new URL('./core.js', import.meta.url).href],
  ['@triplicate/core/di', new URL('./core-di.js', import.meta.url).href],
]);
registerHooks({
  resolve: (specifier, context, next) => {
    const url = core.get(specifier);
    return url === undefined ? next(specifier, context) : { url, format: 'module', shortCircuit: true };
  },
});
`;

const entries: Plugin = {
  name: 'entries',
  resolveId: (id) => (id === 'share-core' || id in begins ? `\0${id}` : null),
  load: (id) => {
    if (id === '\0share-core') return { code: shareCore, moduleSideEffects: true };
    const file = begins[id.slice(1)];
    return file === undefined
      ? null
      : { code: `import 'share-core';\nimport ${JSON.stringify(file)};\n`, moduleSideEffects: true };
  },
};

const isBare = (id: string): boolean => !/^[./\0]|^(entry|share-core)/.test(id) && !id.startsWith(packages);

/** Loaded for what they do; our packages say of themselves that nothing else in them is. */
const hasEffects = /reflect-metadata|\/cli\/dist\/main\.js$|-worker\.js$|\0/;

/** What a thread that seals, verifies or restores loads; the rest would only cost it memory. */
const usedByThreads =
  /\/core\/dist\/(engine\/(?!.*-worker)|restore\/(attributes|context|create-anew|existing|file-batch|hardlinks|names|remove-tree|restore-batch|restore-file|reuse|sparse|tally|write-at-once|write-content)\.|transform\/(?!dedupe|compress|encrypt|first|chain|chunk-av)|posix\/|repository\/(?!config-file|intent|scrypt-))|\/core\/dist\/(errors|bytes|body)\.js$/;
/** The thread that opens a repository loads nothing else: everything waits for it. */
const usedByScrypt =
  /\/core\/dist\/(transform\/wasm\/(romix-kernel|webassembly)|repository\/scrypt-lanes|thread\/thread-port)\.js$/;
const usedByMost =
  /\/(core|dest-local|source-files)\/dist\/(?!.*-worker)|\/cli\/dist\/(app|commands|compose|output|program|progress|render|exit)(?!\/(?:export|publish)\.js)|node_modules/;

const build = await rolldown({
  input,
  platform: 'node',
  checks: { ineffectiveDynamicImport: false },
  external: (id, importer) =>
    isBare(id) &&
    !bundled.some((name) => id === name || id.startsWith(`${name}/`)) &&
    // What a bundled library imports is bundled with it.
    !(importer?.includes('/node_modules/') === true && !id.startsWith('node:')),
  plugins: [
    entries,
    assembledKernels(/\/core\/dist\/(transform\/wasm\/(romix|gear|rabin)|engine\/(index|folder))-kernel\.js$/),
    keptChunks(new Set(['transforms', 'common'])),
  ],
  treeshake: { moduleSideEffects: [{ test: hasEffects, sideEffects: true }] },
});
const { output } = await build.write({
  dir: `${packages}/cli/bundle`,
  format: 'es',
  entryFileNames: '[name].js',
  cleanDir: true,
  // Finding and linking a file costs more than the code in it, which is compiled when it runs.
  codeSplitting: {
    groups: [
      {
        name: 'start',
        test: /\/cli\/dist\/(version|exit-codes|output\/(file-output|once-written))\.js$|\/core\/dist\/(start|thread\/(start-thread|kept-code|heap-growth)|config\/(folders|surroundings))\.js$|rolldown\/runtime/,
        priority: 3,
      },
      { name: 'wasm', test: usedByScrypt, priority: 3 },
      { name: 'transforms', test: usedByThreads, priority: 2 },
      { name: 'common', test: usedByMost, priority: 1 },
    ],
  },
});
await build.close();
const isForDevices = new Set(
  output.flatMap((chunk) =>
    chunk.type === 'chunk' && chunk.moduleIds.some((id) => /\/(source-device|plist)\/dist\//.test(id))
      ? [chunk.fileName]
      : [],
  ),
);
// One import of a package that few need, in a file that all load, makes every command slower.
for (const chunk of output) {
  if (chunk.type !== 'chunk' || !/^(main|start|wasm|transforms|common)$/.test(chunk.name)) continue;
  const eager = chunk.imports.filter((id) => id.startsWith('@triplicate/') || isForDevices.has(id));
  if (eager.length > 0) throw new Error(`every command would load ${eager.join(', ')} (${chunk.fileName})`);
}
// `--version` is answered before anything large is loaded, and everything starts sooner that way.
for (const chunk of output) {
  if (chunk.type !== 'chunk' || !/^(main|start|run-process)$/.test(chunk.name)) continue;
  const eager = chunk.imports.filter((id) => /^(common|transforms|wasm|app)-/.test(id));
  if (eager.length > 0) throw new Error(`the start would load ${eager.join(', ')} (${chunk.fileName})`);
}

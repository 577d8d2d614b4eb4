import { describe, expect, it } from 'vitest';
import {
  findCircles,
  packageOf,
  readSources,
  readWorkspaces,
  type Import,
  type SourceFile,
} from './kit/source-files.ts';

const sources = readSources();
const workspaces = readWorkspaces();

/** Libraries of core; each has its reason in the design. No SDK of a provider is among them. */
const coreLibraries = [
  'zod',
  'yaml',
  'sodium-native',
  'koffi',
  'cockatiel',
  'p-limit',
  'croner',
  'pino',
  'picomatch',
  'ignore',
  'oauth4webapi',
];

interface Rule {
  /** Workspace packages that it may import. */
  readonly workspaces: readonly string[];
  /** Workspace packages that it may only load while it runs, by `import()`. */
  readonly lazy?: readonly string[];
  /** Libraries; what it declares when absent. */
  readonly libraries?: readonly string[];
}

const core = '@triplicate/core';
const plist = '@triplicate/plist';
const plugins = workspaces.filter(({ folder }) => /^(source|dest)-/.test(folder)).map(({ name }) => name);
const plugin: Rule = { workspaces: [core, plist] };

/** Who may import whom: data flows downwards, imports too. */
const ruleOf = ({ folder, path }: SourceFile): Rule | undefined => {
  if (path.startsWith('packages/core/src/di/')) return { workspaces: [], libraries: [...coreLibraries, 'inversify'] };
  if (/^(source|dest)-/.test(folder)) return plugin;
  return rules[folder];
};

const rules: Readonly<Record<string, Rule>> = {
  core: { workspaces: [], libraries: coreLibraries },
  plist: { workspaces: [] },
  conformance: { workspaces: [core, `${core}/testing`], libraries: [] },
  'ios-backup': { workspaces: [core, plist] },
  'device-simulator': { workspaces: [core, plist] },
  dashboard: { workspaces: [core] },
  cli: {
    workspaces: [core, `${core}/di`, `${core}/start`, '@triplicate/conformance', '@triplicate/ios-backup'],
    lazy: [...plugins, '@triplicate/device-simulator', '@triplicate/dashboard'],
  },
};

const isNode = (specifier: string): boolean => specifier.startsWith('node:');
const isOwn = (specifier: string): boolean => specifier.startsWith('.');
const isWorkspace = (specifier: string): boolean => workspaces.some(({ name }) => name === packageOf(specifier));

const whyNot = (file: SourceFile, { specifier, typeOnly, lazy }: Import): string | undefined => {
  const rule = ruleOf(file);
  if (isOwn(specifier) || isNode(specifier)) return undefined;
  const said = `${file.path} imports "${specifier}"`;
  if (rule === undefined) return `${said}, and there is no rule for packages/${file.folder}`;
  const declared = workspaces.find(({ folder }) => folder === file.folder)?.declared;
  if (declared?.has(packageOf(specifier)) !== true) return `${said} without declaring it`;
  if (!isWorkspace(specifier))
    return rule.libraries?.includes(packageOf(specifier)) === false
      ? `${said}, a library it has no use for`
      : undefined;
  if (rule.workspaces.includes(specifier)) return undefined;
  if (rule.lazy?.includes(specifier) === true)
    return lazy || typeOnly ? undefined : `${said} at once instead of by import()`;
  return `${said}, which is not below it`;
};

describe('the rooms', () => {
  it('import only what is below them and declared', () => {
    const wrong = sources.flatMap((file) => file.imports.flatMap((one) => whyNot(file, one) ?? []));
    expect(wrong).toEqual([]);
  });

  it('reach into no other room by a path', () => {
    const outside = sources.flatMap(({ path, folder, imports }) =>
      imports
        .filter(({ specifier }) => isOwn(specifier) && leaves(path, specifier, folder))
        .map(({ specifier }) => `${path}: ${specifier}`),
    );
    expect(outside).toEqual([]);
  });

  it('have no import of inversify outside the container, and none of core’s container but from the command line', () => {
    const wrong = sources.filter(({ path, imports }) => {
      const inside = path.startsWith('packages/core/src/di/') || path.startsWith('packages/cli/');
      return !inside && imports.some(({ specifier }) => /(^inversify|core\/di|\/di\/)/.test(specifier));
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('have no files that import one another in a circle', () => {
    const circles = findCircles(sources).map((files) =>
      files.map((file) => file.replace(/^packages\//, '')).join(' > '),
    );
    expect(circles.toSorted()).toEqual([]);
  });
});

const leaves = (path: string, specifier: string, folder: string): boolean => {
  const { pathname } = new URL(specifier, `file:///${path}`);
  return !pathname.startsWith(`/packages/${folder}/src/`);
};

/** Longer than this, a file has more than one idea. */
const mostLines = 300;

/** Where the world outside may be touched, and why; everywhere else it is handed in. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  'packages/core/src/clock.ts': ['time'],
  // Takes the place of a user without rights, to see what is told of what cannot be read.
  'packages/conformance/src/source/tools.ts': ['process'],
  // Ends the process group of a command that gives no secret.
  'packages/core/src/config/secret-command.ts': ['process'],
  // Writes compiled code when the process ends, and sets flags of its V8.
  'packages/core/src/thread/kept-code.ts': ['process'],
  'packages/core/src/thread/heap-growth.ts': ['process'],
  // Counts the processor time that a key costs.
  'packages/core/src/repository/scrypt.ts': ['process'],
  // Asks whether the process that took a lock still runs.
  'packages/core/src/repository/lock-list.ts': ['process'],
  // Only root may give files away.
  'packages/core/src/restore/attributes.ts': ['process'],
  'packages/core/src/restore/reuse.ts': ['process'],
  // Removes the copy of a database when the process ends before it is closed.
  'packages/ios-backup/src/sqlite/open-database.ts': ['process'],
};

/** `process.platform` says how this system does things, and nothing of the process. */
const outside: Readonly<Record<string, RegExp>> = {
  process: /(?<![.\w$])process\.(?!platform\b)\w|node:process/,
  console: /(?<![.\w$])console\./,
  time: /\bDate\.now\b|\bnew Date\(\)/,
  chance: /\bMath\.random\b/,
};

describe('the files', () => {
  it(`have at most ${mostLines} lines`, () => {
    const long = sources.filter(({ lines }) => lines > mostLines);
    expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });

  it('of everything but the command line touch no process, console, time or chance, but for the exceptions above', () => {
    const touches = sources
      .filter(({ folder }) => folder !== 'cli')
      .flatMap(({ path, code, imports }) => {
        const text = `${code}\n${imports.map(({ specifier }) => specifier).join('\n')}`;
        const found = Object.entries(outside).filter(
          ([what, pattern]) => pattern.test(text) && exceptions[path]?.includes(what) !== true,
        );
        return found.map(([what]) => `${path}: ${what}`);
      });
    expect(touches).toEqual([]);
  });

  it('that are excepted need it', () => {
    const idle = Object.entries(exceptions).flatMap(([path, whats]) => {
      const file = sources.find((source) => source.path === path);
      const text = `${file?.code}\n${file?.imports.map(({ specifier }) => specifier).join('\n')}`;
      return whats.filter((what) => outside[what]?.test(text) !== true).map((what) => `${path}: ${what}`);
    });
    expect(idle).toEqual([]);
  });

  it('have a default export only where they are a plugin', () => {
    const wrong = sources.filter(
      ({ path, code }) =>
        /\bexport default\b/.test(code) &&
        !path.endsWith('.d.ts') &&
        !/^packages\/(source|dest)-[^/]+\/src\/index\.ts$/.test(path),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

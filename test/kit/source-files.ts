import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export interface Import {
  readonly specifier: string;
  /** Gone when the types are stripped. */
  readonly typeOnly: boolean;
  /** `import('…')`: loaded when that line runs. */
  readonly lazy: boolean;
}

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  /** Folder name under packages/. */
  readonly folder: string;
  readonly lines: number;
  /** Without comments, and without what stands in quotes. */
  readonly code: string;
  readonly imports: readonly Import[];
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Every file that ships as source, of every package. */
export const readSources = (): readonly SourceFile[] =>
  globSync('packages/*/src/**/*.{ts,tsx}', { cwd: root }).map((path) => readSource(path.replaceAll('\\', '/')));

const readSource = (path: string): SourceFile => {
  const text = readFileSync(join(root, path), 'utf8');
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');
  const lines = text.split('\n').length - 1;
  return { path, folder: path.split('/')[1] ?? '', lines, code: withoutTexts(code), imports: findImports(code) };
};

const withoutTexts = (code: string): string => code.replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");

const findImports = (code: string): Import[] => [
  ...[...code.matchAll(/^\s*(?:import|export)\s+(type\s)?([^'";]*?)\bfrom\s+['"]([^'"]+)['"]/gm)].map(
    ([, type, names = '', specifier = '']) => ({
      specifier,
      typeOnly: type !== undefined || allTypes(names),
      lazy: false,
    }),
  ),
  ...[...code.matchAll(/^\s*import\s+['"]([^'"]+)['"]/gm)].map(([, specifier = '']) => ({
    specifier,
    typeOnly: false,
    lazy: false,
  })),
  ...[...code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)].map(([, specifier = '']) => ({
    specifier,
    typeOnly: false,
    lazy: true,
  })),
];

/** `{ type A, type B }`. */
const allTypes = (names: string): boolean => {
  const inside = /^\{([\s\S]*)\}\s*$/.exec(names.trim())?.[1];
  const parts = (inside ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.length > 0 && parts.every((part) => part.startsWith('type '));
};

export interface Workspace {
  /** Folder name under packages/. */
  readonly folder: string;
  readonly name: string;
  /** What its `src` may rely on: dependencies and peers. */
  readonly declared: ReadonlySet<string>;
}

export const readWorkspaces = (): readonly Workspace[] =>
  globSync('packages/*/package.json', { cwd: root }).map((path) => {
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest;
    const { name, dependencies, peerDependencies, optionalDependencies } = manifest;
    return {
      folder: path.replaceAll('\\', '/').split('/')[1] ?? '',
      name,
      declared: new Set(Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })),
    };
  });

/** `@scope/name/sub` → `@scope/name`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** Circles of files that import one another at run time, each as the list of its files. */
export const findCircles = (sources: readonly SourceFile[]): string[][] => {
  const graph = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports
        .filter(({ specifier, typeOnly, lazy }) => specifier.startsWith('.') && !typeOnly && !lazy)
        .map(({ specifier }) => relative(root, resolve(root, dirname(path), specifier)).replaceAll('\\', '/')),
    ]),
  );
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path]);
    if (trail.includes(path) || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return circles;
};

// Turns chunks of a bundle into scripts that `packages/core/src/thread/kept-code.ts` runs, each with a module in front that looks like the chunk.
import type { Plugin } from 'rolldown';

interface Syntax {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

interface Named {
  readonly local: { readonly name: string };
  readonly exported: { readonly name: string };
}

interface Statement extends Syntax {
  readonly specifiers?: readonly Named[];
  readonly kind?: string;
  readonly declarations?: readonly { readonly id: { readonly name?: string } }[];
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** For chunks of these names. What they export may not change once they have run. */
export const keptChunks = (names: ReadonlySet<string>): Plugin => ({
  name: 'kept-chunks',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk' || !names.has(chunk.name)) continue;
      const program = this.parse(chunk.code) as unknown as { readonly body: readonly Statement[] };
      const parts = partsOf(program.body);
      refuseChanging(parts, chunk.name);
      const fileName = chunk.fileName.replace(/\.js$/, '.kept.js');
      this.emitFile({ type: 'asset', fileName, source: scriptOf(chunk.code, parts, editsOf(program)) });
      chunk.code = moduleOf(chunk.code, parts, fileName);
    }
  },
});

interface Parts {
  readonly imports: readonly Statement[];
  readonly exports: readonly Statement[];
  readonly rest: readonly Statement[];
}

const partsOf = (body: readonly Statement[]): Parts => ({
  imports: body.filter(({ type }) => type === 'ImportDeclaration'),
  exports: body.filter(({ type }) => type === 'ExportNamedDeclaration'),
  rest: body,
});

const named = (statements: readonly Statement[]): readonly Named[] =>
  statements.flatMap(({ specifiers = [] }) => specifiers);

const localsOf = ({ imports }: Parts): string =>
  named(imports)
    .map(({ local }) => local.name)
    .join(', ');

/** The module in front takes each export once. */
const refuseChanging = ({ exports, rest }: Parts, chunk: string): void => {
  const changing = new Set(
    rest.flatMap(({ declarations = [], kind }) => (kind === 'let' ? declarations.map(({ id }) => id.name) : [])),
  );
  const found = named(exports).find(({ local }) => changing.has(local.name));
  if (found) throw new Error(`"${found.local.name}" is exported and may change: "${chunk}" cannot be kept`);
};

/** A script has neither `import` nor `import.meta`: it gets both from the module in front of it. */
const editsOf = (syntax: unknown): readonly Edit[] => {
  if (Array.isArray(syntax)) return syntax.flatMap(editsOf);
  if (typeof syntax !== 'object' || syntax === null) return [];
  const { end, start, type } = syntax as Syntax;
  if (/^(Import|ExportNamed)Declaration$/.test(type)) return [{ start, end, text: '' }];
  if (type === 'MetaProperty' && end - start === 'import.meta'.length) return [{ start, end, text: 'importMeta' }];
  const inner = Object.values(syntax).flatMap(editsOf);
  return type === 'ImportExpression' ? [{ start, end: start + 'import'.length, text: 'importHere' }, ...inner] : inner;
};

/** A function of what the chunk imports, which gives what it exports; plain ASCII, which V8 keeps in half the memory. */
const scriptOf = (code: string, parts: Parts, edits: readonly Edit[]): string => {
  let body = code;
  for (const { end, start, text } of edits.toSorted((a, b) => b.start - a.start)) {
    body = body.slice(0, start) + text + body.slice(end);
  }
  const exported = named(parts.exports).map(({ exported, local }) => `${JSON.stringify(exported.name)}: ${local.name}`);
  const script = `(function (importMeta, importHere, ${localsOf(parts)}) {\n'use strict';\n${body}\nreturn { ${exported.join(', ')} };\n})`;
  return script.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
};

const moduleOf = (code: string, parts: Parts, fileName: string): string => {
  const names = named(parts.exports).map(({ exported }) => exported.name);
  return `${parts.imports.map(({ end, start }) => code.slice(start, end)).join('\n')}
import { runKept } from './kept-code.js';
const importHere = (id) => import(id);
const kept = runKept(new URL('./${fileName}', import.meta.url).href)(import.meta, importHere, ${localsOf(parts)});
const { ${names.map((name, index) => `${JSON.stringify(name)}: kept$${index}`).join(', ')} } = kept;
export { ${names.map((name, index) => `kept$${index} as ${name}`).join(', ')} };
`;
};

import { LineCounter, parseDocument, type Document } from 'yaml';
import { findBadAliases, findBadMerges } from './yaml-aliases.ts';
import { locate } from './locate.ts';
import { writePath, type Finding, type KeyPath, type Problem } from './problem.ts';
import { yamlMessages } from './yaml-messages.ts';

/** A configuration is written by hand; what is larger is no configuration. */
const largestText = 1024 * 1024;
/** How often anchors may be repeated: far more than a person writes, far less than what fills memory. */
const mostAliases = 100;

/** A YAML text as plain values, with the way back from a path to its line. */
export interface YamlDocument {
  /** Undefined when the text cannot be understood at all. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  place(finding: Finding): Problem;
}

/** These leave the values intact, so that the rest can be checked too. */
const harmless: ReadonlySet<string> = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED']);

/** Without `prettyErrors`, which quote the text, and without warnings to the process. */
const yamlOptions = { prettyErrors: false, logLevel: 'error', merge: true, stringKeys: true } as const;

/** Reads one YAML 1.2 document with merge keys. Collects every syntax error; throws nothing. */
export const parseYaml = (text: string): YamlDocument => {
  if (text.length > largestText) return refuse('more than 1 MiB', 'name the configuration file, not another one');
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { ...yamlOptions, lineCounter: lines });
  } catch (error) {
    if (error instanceof RangeError)
      return refuse(yamlMessages.RESOURCE_EXHAUSTION.message, yamlMessages.RESOURCE_EXHAUSTION.mend);
    throw error;
  }
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const place = ({ path, at: what, ...words }: Finding): Problem => ({
    ...at(locate(document, path, what)),
    path: writePath(path),
    ...words,
  });
  const problems = [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    ...at(pos[0]),
    // How far the parser comes before it gives up is no property of the text.
    ...(code === 'RESOURCE_EXHAUSTION' ? { column: 1 } : {}),
    path: '',
    ...yamlMessages[code],
  }));
  const unmerged = findBadAliases(document);
  if (unmerged.length === 0) unmerged.push(...findBadMerges(document));
  const aliases = unmerged.map(({ offset, ...words }) => ({ ...at(offset), path: '', ...words }));
  const broken = aliases.length > 0 || document.errors.some(({ code }) => !harmless.has(code));
  if (broken) return { value: undefined, problems: [...problems, ...aliases], place };
  const value = toValue(document);
  if ('refused' in value) return { value: undefined, problems: [...problems, place(value.refused)], place };
  return { value: value.plain, problems, place };
};

const toValue = (document: Document.Parsed): { plain: unknown } | { refused: Finding } => {
  const root = (message: string, mend: string): { refused: Finding } => ({
    refused: { path: [], at: 'value', message, mend },
  });
  try {
    return { plain: document.toJS({ maxAliasCount: mostAliases }) as unknown };
  } catch (error) {
    if (error instanceof ReferenceError)
      return root('aliases repeat too much', 'repeat the parts in full instead of by "*"');
    return root(
      yamlMessages.RESOURCE_EXHAUSTION.message,
      'write it with fewer levels, and no alias inside its own anchor',
    );
  }
};

const refuse = (message: string, mend: string): YamlDocument => {
  const place = (finding: { path: KeyPath; message: string; mend: string }): Problem => ({
    line: 1,
    column: 1,
    path: writePath(finding.path),
    message: finding.message,
    mend: finding.mend,
  });
  return { value: undefined, problems: [place({ path: [], message, mend })], place };
};

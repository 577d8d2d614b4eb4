/** One mistake in a configuration, where it stands and how to mend it. Never holds a secret. */
export interface Problem {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** From the root of the document, e.g. `pipelines.family.quorum`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
  /** What the user can do, an imperative phrase. */
  readonly mend: string;
  /** Nothing is wrong with it but that the configuration is not trusted to run it. */
  readonly untrusted?: true;
}

export type KeyPath = readonly PropertyKey[];

/** A mistake before its place in the text is looked up. */
export interface Finding {
  readonly path: KeyPath;
  /** Whether the key is wrong, or the value. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly mend: string;
  readonly untrusted?: true;
}

export const writePath = (path: KeyPath): string => {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
};

/** One line that editors and terminals can jump to, and the mend under it. */
export const formatProblem = (file: string, { line, column, message, mend }: Problem): string =>
  `${file}:${line}:${column}: ${message}\n    ${mend}`;

/** All of them in the order of the text, ready to print. */
export const formatProblems = (file: string, problems: readonly Problem[]): string =>
  problems.map((problem) => formatProblem(file, problem)).join('\n');

/** In the order of the text, each once. */
export const sortProblems = (problems: readonly Problem[]): Problem[] => {
  const seen = new Set<string>();
  return problems
    .toSorted((a, b) => a.line - b.line || a.column - b.column || a.message.localeCompare(b.message, 'en'))
    .filter((problem) => {
      const key = JSON.stringify([problem.line, problem.column, problem.message]);
      return !seen.has(key) && seen.add(key);
    });
};

import type { TransformPlugin } from '../plugin/plugin.ts';
import { findOrderProblems } from './chain-order.ts';
import { dedupe } from './dedupe.ts';
import { encryptOptions, type EncryptOptions } from './encrypt.ts';

/** One entry of `transforms:`; `options` as they were written. */
export interface ChainStep {
  readonly type: string;
  readonly options: unknown;
}

/** A transform as a worker opens it: a first-party one by its type, any other by the URL of its module. */
export interface ChainSpec {
  readonly type: string;
  /** Parsed and complete; the same after a second parse, and safe to clone. */
  readonly options: unknown;
  readonly url?: string;
}

export interface Chain {
  readonly chunker: ChainSpec;
  /** In the order of encoding. */
  readonly codecs: readonly ChainSpec[];
  readonly encrypt: EncryptOptions;
  /** Whether stock restic can read what this chain writes: it has no codec but `compress`. Any chunker will do. */
  readonly standard: boolean;
}

/** What is wrong with a chain, and where. */
export interface ChainProblem {
  /** Index of the step; the number of steps when one is missing at the end. */
  readonly step: number;
  /** From the step's options to the wrong value; empty when the step itself is wrong. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** How to mend it, an imperative sentence. */
  readonly hint: string;
}

/** The plugin behind a step's key; `url` is absent for first-party transforms. */
export type FindTransform = (type: string) => { readonly plugin: TransformPlugin; readonly url?: string } | undefined;

/** Turns the steps of a pipeline into what the engine opens, or tells everything that is wrong with them. Opens nothing. */
export const planChain = (
  steps: readonly ChainStep[],
  find: FindTransform,
): { readonly chain: Chain } | { readonly problems: readonly ChainProblem[] } => {
  const parsed = steps.map((step, index) => parseStep(step, index, find));
  const problems = [...findOrderProblems(steps, find), ...parsed.flatMap((step) => step.problems ?? [])];
  if (problems.length > 0) return { problems: problems.toSorted((a, b) => a.step - b.step) };
  const codecs = parsed.flatMap(({ stage, spec }) => (stage === 'codec' ? [spec] : []));
  return {
    chain: {
      chunker: parsed.find(({ stage }) => stage === 'chunker')?.spec ?? withDefaults,
      codecs,
      encrypt: encryptOptions.parse(parsed.find(({ spec }) => spec.type === 'encrypt')?.spec.options),
      standard: codecs.every(({ type, url }) => type === 'compress' && url === undefined),
    },
  };
};

/** Without the step, content is still cut: the repository's format has no other way to store a file. */
const withDefaults: ChainSpec = { type: dedupe.type, options: dedupe.options.parse({}) };

interface ParsedStep {
  readonly spec: ChainSpec;
  readonly stage: TransformPlugin['stage'] | undefined;
  readonly problems?: readonly ChainProblem[];
}

const parseStep = ({ type, options }: ChainStep, step: number, find: FindTransform): ParsedStep => {
  const found = find(type);
  const schema = type === 'encrypt' ? encryptOptions : found?.plugin.options;
  if (schema === undefined) return { spec: { type, options }, stage: undefined, problems: [unknownStep(type, step)] };
  // `- compress:` with nothing behind it is null in YAML.
  const parsed = schema.safeParse(options ?? {});
  const url = found?.url === undefined ? {} : { url: found.url };
  const spec = { type, options: parsed.data, ...url };
  const stage = type === 'encrypt' ? undefined : found?.plugin.stage;
  if (parsed.success) return { spec, stage };
  const hint = `Correct the options of "${type}".`;
  return { spec, stage, problems: parsed.error.issues.map(({ path, message }) => ({ step, path, message, hint })) };
};

const algorithms: Readonly<Record<string, string>> = {
  fastcdc: 'dedupe: { chunker: fastcdc }',
  rabin: 'dedupe: { chunker: rabin }',
  zstd: 'compress: { algorithm: zstd }',
};

const unknownStep = (type: string, step: number): ChainProblem => ({
  step,
  path: [],
  message: `there is no transform "${type}"`,
  hint:
    algorithms[type] === undefined
      ? 'Use "dedupe", "compress" or "encrypt", or list the plugin that brings it under "plugins".'
      : `Write "${algorithms[type]}".`,
});

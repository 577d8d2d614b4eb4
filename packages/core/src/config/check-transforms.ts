import { z } from 'zod';
import type { FoundPlugin, PluginRegistry } from '../plugin/registry.ts';
import { isBackupError } from '../errors.ts';
import { planChain, type Chain, type ChainStep } from '../transform/chain.ts';
import { encryptOptions } from '../transform/encrypt.ts';
import { checkSchema } from './check-schema.ts';
import type { CheckedUse, UseContext } from './check-uses.ts';
import { transformStep } from './document-schema.ts';
import type { Finding, KeyPath } from './problem.ts';
import { show } from './schema-words.ts';

type Found = ReadonlyMap<string, FoundPlugin<'transform'>>;

const standardSteps = (encrypt: unknown): ChainStep[] => [
  { type: 'dedupe', options: {} },
  { type: 'compress', options: {} },
  { type: 'encrypt', options: encrypt },
];

/** The chain of one pipeline, out of `transforms`, or out of `encrypt` alone. */
export const checkTransforms = async (
  { transforms, encrypt }: Readonly<Record<string, unknown>>,
  path: KeyPath,
  context: UseContext,
): Promise<CheckedUse<Chain>> => {
  const here = [...path, 'transforms'];
  if (transforms === undefined && encrypt === undefined) return { findings: [noPassword(path)] };
  if (transforms !== undefined && encrypt !== undefined) return { findings: [twoPasswords(path)] };
  const steps = transforms === undefined ? standardSteps(encrypt) : stepsOf(transforms);
  // What is no list of steps has been told by the first pass.
  if (steps === undefined) return { findings: [] };
  const { found, findings: broken } = await findTransforms(steps, context.registry, here);
  const isWord = (index: number): boolean => Array.isArray(transforms) && typeof transforms[index] === 'string';
  const wrong =
    transforms === undefined
      ? []
      : steps.flatMap((step, index) => {
          const findings = checkStep(step, [...here, index, step.type], found);
          return isWord(index) && findings.length > 0 ? [needsOptions(step, [...here, index])] : findings;
        });
  const planned = planChain(steps, (type) => found.get(type));
  if ('chain' in planned && wrong.length === 0) return { findings: broken, use: planned.chain };
  const isUnknown = (type: string | undefined): boolean => type !== undefined && type !== 'encrypt' && !found.has(type);
  const order = ('problems' in planned ? planned.problems : [])
    // Options have been checked above, in more words.
    .filter(({ hint }) => !hint.startsWith('Correct the options of'))
    .filter(({ step }) => !(context.incomplete || broken.length > 0) || !isUnknown(steps[step]?.type))
    .map(({ step, message, hint }): Finding => {
      const type = steps[step]?.type;
      return { path: type === undefined ? here : [...here, step, type], at: 'key', message, mend: toMend(hint) };
    });
  return { findings: [...broken, ...wrong, ...order] };
};

const toMend = (hint: string): string => hint.charAt(0).toLowerCase() + hint.slice(1).replace(/\.$/, '');

const stepsOf = (transforms: unknown): ChainStep[] | undefined => {
  const steps = z.array(transformStep).safeParse(transforms).data;
  return steps?.flatMap((step) => Object.entries(step).map(([type, options]) => ({ type, options })));
};

/** A step that is a word alone leaves all its options out. */
const needsOptions = ({ type }: ChainStep, path: KeyPath): Finding => ({
  path,
  at: 'value',
  message: `${show(type)} does not work without options`,
  mend: `write them behind it, e.g. ${type === 'encrypt' ? 'encrypt: { password: { env: TRIPLICATE_PASSWORD } }' : `${type}: { key: value }`}`,
});

const checkStep = ({ type, options }: ChainStep, path: KeyPath, found: Found): readonly Finding[] => {
  const schema = type === 'encrypt' ? encryptOptions : found.get(type)?.plugin.options;
  return schema === undefined ? [] : checkSchema<unknown>(schema, options ?? {}, path).findings;
};

const findTransforms = async (
  steps: readonly ChainStep[],
  registry: PluginRegistry,
  path: KeyPath,
): Promise<{ found: Found; findings: Finding[] }> => {
  const found = new Map<string, FoundPlugin<'transform'>>();
  const findings: Finding[] = [];
  for (const [index, { type }] of steps.entries()) {
    try {
      const plugin = await registry.find('transform', type);
      if (plugin !== undefined) found.set(type, plugin);
    } catch (error) {
      if (!isBackupError(error)) throw error;
      findings.push({
        path: [...path, index, type],
        at: 'key',
        message: error.message,
        mend: error.hint ?? 'reinstall triplicate',
      });
    }
  }
  return { found, findings };
};

const noPassword = (path: KeyPath): Finding => ({
  path,
  at: 'key',
  message: 'nothing says where the password of the repository is',
  mend: 'add "encrypt: { password: { env: TRIPLICATE_PASSWORD } }", or a transform "encrypt"',
});

const twoPasswords = (path: KeyPath): Finding => ({
  path: [...path, 'encrypt'],
  at: 'key',
  message: '"encrypt" and "transforms" in one pipeline',
  mend: 'move "encrypt" to the end of "transforms", or remove "transforms" for the standard chain',
});

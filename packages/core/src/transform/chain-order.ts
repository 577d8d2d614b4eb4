import type { ChainProblem, ChainStep, FindTransform } from './chain.ts';

/** What is wrong with the order of the steps, whatever their options are; at most one problem for each step. */
export const findOrderProblems = (steps: readonly ChainStep[], find: FindTransform): ChainProblem[] => {
  const encryptAt = steps.findIndex(({ type }) => type === 'encrypt');
  const isChunker = ({ type }: ChainStep): boolean => find(type)?.plugin.stage === 'chunker';
  const firstChunker = steps.find(isChunker);
  const problems = steps.flatMap((step, index): ChainProblem[] => {
    const { type } = step;
    const problem = (message: string, hint: string) => [{ step: index, path: [], message, hint }];
    if (steps.findIndex((other) => other.type === type) < index)
      return problem(`"${type}" stands here for the second time`, `Remove one of the two "${type}" steps.`);
    if (firstChunker !== undefined && step !== firstChunker && isChunker(step))
      return problem(`"${type}" would cut what "${firstChunker.type}" has cut already`, 'Keep one of the two.');
    if (index > 0 && isChunker(step))
      return problem(
        `"${type}" comes after "${steps[index - 1]?.type}"`,
        `Move "${type}" up: it has to be the first step.`,
      );
    if (encryptAt >= 0 && index > encryptAt)
      return problem(
        `"${type}" comes after "encrypt"`,
        `Move "${type}" above "encrypt", which has to be the last step.`,
      );
    return [];
  });
  return encryptAt >= 0 ? problems : [...problems, missingEncrypt(steps.length)];
};

const missingEncrypt = (step: number): ChainProblem => ({
  step,
  path: [],
  message: 'there is no "encrypt" step, and a repository is always encrypted',
  hint: 'Add "- encrypt: { password: { env: TRIPLICATE_PASSWORD } }" as the last step.',
});

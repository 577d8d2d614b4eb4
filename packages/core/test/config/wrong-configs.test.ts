import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { formatProblems, type Problem } from '../../src/config/problem.ts';
import { registry } from './plugins.ts';
import { secrets, wrongConfigs } from './wrong-configs.ts';

const problemsOf = async (text: string): Promise<readonly Problem[]> => {
  const { config, problems } = await loadConfig(text, { file: '/home/anna/triplicate.yaml', registry });
  expect(config).toBeUndefined();
  return problems;
};

describe('a wrong configuration', () => {
  it.each(wrongConfigs)('is refused with line, column and mend, and no secret: %s', async (_, text) => {
    const problems = await problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    const lines = text.split('\n');
    for (const { line, column, message, mend } of problems) {
      expect(line).toBeGreaterThanOrEqual(1);
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeGreaterThanOrEqual(1);
      expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
      expect(message).toMatch(/^[^A-Z].*[^.]$/);
      expect(mend).toMatch(/^[^A-Z].*[^.]$/);
    }
    const printed = formatProblems('triplicate.yaml', problems);
    for (const secret of secrets) expect(printed).not.toContain(secret);
  });

  it('is told as the golden file has it', async () => {
    const told: string[] = [];
    for (const [what, text] of wrongConfigs)
      told.push(`## ${what}\n${formatProblems('triplicate.yaml', await problemsOf(text))}\n`);
    await expect(told.join('\n')).toMatchFileSnapshot('golden/wrong-configs.txt');
  });
});

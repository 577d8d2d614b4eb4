import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '@triplicate/core';

const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');

describe('docs/errors.md', () => {
  it('has a heading for each code, in their order, and no other', () => {
    expect([...page.matchAll(/^## (.+)$/gm)].map(([, code]) => code)).toEqual([...errorCodes]);
  });

  it('says of each when it happens and what to do', () => {
    for (const section of page.split(/^## /m).slice(1)) {
      expect(section).toMatch(/\n\*\*When\.\*\* \S/);
      expect(section).toMatch(/\n\*\*What to do\.\*\* \S/);
    }
  });
});

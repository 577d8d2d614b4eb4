import { describe, expect, it } from 'vitest';
import { migrate } from '../../src/config/version.ts';

describe('the version of a configuration', () => {
  it('is moved up step by step where there is a way', () => {
    const steps = new Map([[0, (old: Readonly<Record<string, unknown>>) => ({ ...old, pipelines: old['jobs'] })]]);
    expect(migrate({ version: 0, jobs: { home: {} } }, steps)).toEqual({
      document: { version: 1, jobs: { home: {} }, pipelines: { home: {} } },
      findings: [],
    });
  });

  it('is refused when it is newer, and when there never was such a one', () => {
    expect(migrate({ version: 2 })).toMatchObject({
      document: undefined,
      findings: [{ message: expect.stringContaining('newer') as string }],
    });
    expect(migrate({ version: -1 })).toMatchObject({ document: undefined });
  });

  it('is assumed to be ours when it is missing, so that the rest is looked at too', () => {
    expect(migrate({ pipelines: {} })).toMatchObject({ document: { version: 1, pipelines: {} }, findings: [{}] });
  });
});

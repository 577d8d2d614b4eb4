import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Catalog } from '../../src/catalog/catalog.ts';
import { temporaryFolder } from '../posix/temporary.ts';

describe('a catalog file', () => {
  it('that cannot be used stays where it is, and is named with the way out', () => {
    using temporary = temporaryFolder();
    mkdirSync(temporary.at('folder/p.sqlite'), { recursive: true });
    using catalog = new Catalog(temporary.at('folder/p.sqlite'));
    expect(() => catalog.runs(1)).toThrow(
      expect.objectContaining({
        code: 'IO',
        message: `the catalog "${temporary.at('folder/p.sqlite')}" cannot be used: it cannot be opened`,
        hint: expect.stringContaining('TRIPLICATE_STATE_DIR') as string,
      }),
    );
    expect(readdirSync(temporary.at('folder'))).toEqual(['p.sqlite']);
  });

  it('that is damaged is put aside', () => {
    using temporary = temporaryFolder();
    writeFileSync(temporary.at('p.sqlite'), 'no database at all, but long enough to be one');
    using catalog = new Catalog(temporary.at('p.sqlite'));
    expect(catalog.runs(1)).toEqual([]);
    expect(readdirSync(temporary.at(''))).toContain('p.sqlite.damaged');
  });
});

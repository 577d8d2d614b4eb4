import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readContactCard } from '../../src/decode/contact-card.ts';
import { contentLine } from '../../src/render/content-line.ts';
import { contactCard } from '../fixtures/contact-card.ts';
import { fuzz } from '../fixtures/fuzz.ts';

const seed = 20261129;

describe('a contact card', () => {
  it('gives the name, and every number and address once', () => {
    expect(readContactCard(contactCard)).toEqual({ name: 'Dora Özil', values: ['+49 30 222', 'dora@example.com'] });
  });

  it('is read as it was written, however long its lines are', () => {
    const word = fc.stringMatching(/^[^\s\\,;:"][^\r\n\\,;:"]{0,120}[^\s\\,;:"]$/);
    fc.assert(
      fc.property(word, fc.uniqueArray(word, { maxLength: 5 }), (name, numbers) => {
        const lines = [`FN:${name}`, ...numbers.map((number) => `TEL;TYPE=cell:${number}`), 'TELEX:1', 'FNORD:2'];
        const { name: found, values } = readContactCard(lines.map(contentLine).join(''));
        expect([found, values]).toEqual([name.trim(), numbers.map((number) => number.trim())]);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('never crashes or hangs on damaged input', () => {
    const result = fuzz((bytes) => readContactCard(bytes.toString('utf8')), [Buffer.from(contactCard)], 20_000, seed);
    expect(result).toMatchObject({ read: 20_000 });
    expect(result.slowestMs).toBeLessThan(100);
    const begun = performance.now();
    for (const many of ['TEL', 'a.', 'TEL;', '\n ', '-', ':']) readContactCard(many.repeat(500_000));
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

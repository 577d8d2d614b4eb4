import { expect, it } from 'vitest';
import { reportFooter } from '../../src/render/report-text.ts';
import { Tally } from '../../src/records/tally.ts';

it('names the first of many gaps where it is to be short, and says where the others are', () => {
  const tally = new Tally('photos');
  for (let at = 0; at < 60; at += 1) tally.gap(`IMG_${at}.HEIC: exported by its file alone`);
  const lines = (footer: string): string[] => footer.split('\n').filter((line) => line.startsWith('  not covered: '));
  expect(lines(reportFooter(tally.report()))).toHaveLength(60);
  const short = lines(reportFooter(tally.report(), 10));
  expect(short).toHaveLength(11);
  expect(short.at(-1)).toBe('  not covered: 50 more; export-report.json names them');
});

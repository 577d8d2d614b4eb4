import { describe, expect, it } from 'vitest';
import { type Figures, suddenChange } from '../../src/retention/sudden-change.ts';

const MB = 1e6;
/** A source of 10,000 files of 2 MB. */
const usual: Figures = {
  filesNew: 20,
  filesChanged: 30,
  filesUnmodified: 9950,
  dataAdded: 60 * MB,
  dataAddedPacked: 40 * MB,
  totalFilesProcessed: 10_000,
  totalBytesProcessed: 20_000 * MB,
};
const first: Figures = {
  ...usual,
  filesNew: 10_000,
  filesChanged: 0,
  filesUnmodified: 0,
  dataAdded: 20_000 * MB,
  dataAddedPacked: 19_900 * MB,
};
const month = [first, ...Array.from({ length: 29 }, () => usual)];

const ordinary: readonly (readonly [string, Figures])[] = [
  ['a usual day', usual],
  ['nothing', { ...usual, filesNew: 0, filesChanged: 0, filesUnmodified: 10_000, dataAdded: 0, dataAddedPacked: 0 }],
  [
    'a thousand photos more',
    {
      ...usual,
      filesNew: 1000,
      filesChanged: 5,
      filesUnmodified: 9995,
      dataAdded: 3000 * MB,
      dataAddedPacked: 2990 * MB,
      totalFilesProcessed: 11_000,
      totalBytesProcessed: 23_000 * MB,
    },
  ],
  [
    'an iOS update, which touches many databases and few pictures',
    {
      ...usual,
      filesNew: 900,
      filesChanged: 3500,
      filesUnmodified: 6100,
      dataAdded: 2500 * MB,
      dataAddedPacked: 900 * MB,
    },
  ],
  [
    'an iOS update of a phone whose backup is encrypted',
    {
      ...usual,
      filesNew: 900,
      filesChanged: 3500,
      filesUnmodified: 6100,
      dataAdded: 2500 * MB,
      dataAddedPacked: 2501 * MB,
    },
  ],
  [
    'a year of photos moved into another folder',
    { ...usual, filesNew: 6000, filesChanged: 0, filesUnmodified: 4000, dataAdded: 1 * MB, dataAddedPacked: 1 * MB },
  ],
  [
    'a third tidied away',
    {
      ...usual,
      filesNew: 0,
      filesChanged: 0,
      filesUnmodified: 6500,
      dataAdded: 0,
      dataAddedPacked: 0,
      totalFilesProcessed: 6500,
    },
  ],
  [
    'every text file rewritten by a formatter',
    {
      ...usual,
      filesNew: 0,
      filesChanged: 9000,
      filesUnmodified: 1000,
      dataAdded: 9000 * MB,
      dataAddedPacked: 2500 * MB,
    },
  ],
  [
    'everything read again with --force',
    { ...usual, filesNew: 10_000, filesChanged: 0, filesUnmodified: 0, dataAdded: 0, dataAddedPacked: 0 },
  ],
  [
    'new dates on every file',
    { ...usual, filesNew: 0, filesChanged: 10_000, filesUnmodified: 0, dataAdded: 0, dataAddedPacked: 0 },
  ],
];

const destroyed: readonly (readonly [string, Figures, string])[] = [
  [
    'half of the files encrypted in their place',
    {
      ...usual,
      filesNew: 1,
      filesChanged: 5000,
      filesUnmodified: 5000,
      dataAdded: 10_000 * MB,
      dataAddedPacked: 10_001 * MB,
    },
    '50 % of its files were rewritten with content that cannot be compressed',
  ],
  [
    'all files encrypted under other names',
    {
      ...usual,
      filesNew: 10_001,
      filesChanged: 0,
      filesUnmodified: 0,
      dataAdded: 20_000 * MB,
      dataAddedPacked: 20_010 * MB,
    },
    '100 % of its files were rewritten with content that cannot be compressed',
  ],
  [
    'a folder that is empty since its disk is not mounted',
    {
      ...usual,
      filesNew: 0,
      filesChanged: 0,
      filesUnmodified: 0,
      dataAdded: 0,
      dataAddedPacked: 0,
      totalFilesProcessed: 0,
      totalBytesProcessed: 0,
    },
    '100 % of its files are gone',
  ],
  [
    'most of it deleted',
    {
      ...usual,
      filesNew: 3,
      filesChanged: 10,
      filesUnmodified: 2990,
      dataAdded: 5 * MB,
      dataAddedPacked: 5 * MB,
      totalFilesProcessed: 3003,
    },
    '70 % of its files are gone',
  ],
];

describe('a sudden change', () => {
  it.each(ordinary)('is not seen in %s', (_, now) => {
    expect(suddenChange(month, now)).toEqual([]);
  });

  it('is not seen in a first backup that has nothing before it', () => {
    expect(suddenChange([], first)).toEqual([]);
  });

  it.each(destroyed)('is seen in %s', (_, now, reason) => {
    expect(suddenChange(month, now)).toEqual([reason]);
    expect(suddenChange([first], now)).toEqual([reason]);
  });

  it('is none when the source does so as a rule', () => {
    const dump: Figures = {
      ...usual,
      filesChanged: 9000,
      filesUnmodified: 1000,
      dataAdded: 18_000 * MB,
      dataAddedPacked: 18_000 * MB,
    };
    expect(suddenChange([first, dump], dump)).toHaveLength(1);
    expect(suddenChange([first, dump, dump], dump)).toEqual([]);
  });

  const slice = (rest: Partial<Figures>): Figures => ({
    ...usual,
    filesNew: 0,
    filesChanged: 0,
    dataAdded: 0,
    dataAddedPacked: 0,
    ...rest,
  });
  const encrypting = slice({
    filesChanged: 2000,
    filesUnmodified: 8000,
    dataAdded: 4000 * MB,
    dataAddedPacked: 4001 * MB,
  });

  it('is seen in what is done little by little, once, and not again before as much has come', () => {
    const days = [first, usual, encrypting, usual, encrypting, encrypting];
    const seen = days.map((now, i) => suddenChange(days.slice(0, i), now));
    expect(seen.slice(0, 5)).toEqual([[], [], [], [], []]);
    expect(seen[5]).toEqual(['60 % of its files were rewritten with content that cannot be compressed, in 3 runs']);
    expect(suddenChange(days, encrypting, 5)).toEqual([]);
  });

  it('is none where a fifth of a source is rewritten as a rule', () => {
    const days = [first, ...Array.from({ length: 11 }, () => encrypting)];
    expect(suddenChange(days, encrypting)).toEqual([]);
  });

  it('is seen where files go little by little, and not where as many come', () => {
    const fewer = (files: number): Figures =>
      slice({ filesUnmodified: files, totalFilesProcessed: files, totalBytesProcessed: files * 2 * MB });
    expect(suddenChange([usual, fewer(7500)], fewer(4900))).toEqual(['60 % of its files are gone, in 2 runs']);
    const back = { ...usual, filesNew: 2500, filesChanged: 0, filesUnmodified: 7500 };
    expect(suddenChange([usual, fewer(7500), back, fewer(7500), back], fewer(7500))).toEqual([]);
  });

  it('is none in a handful of files', () => {
    const few = { ...usual, filesNew: 0, filesUnmodified: 20, totalFilesProcessed: 20 };
    expect(suddenChange([few], { ...few, filesUnmodified: 0, totalFilesProcessed: 0 })).toEqual([]);
  });
});

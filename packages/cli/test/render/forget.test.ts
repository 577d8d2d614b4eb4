import type { ForgetResult } from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { forgetText } from '../../src/render/forget.ts';

const forgot = (counts: Readonly<Record<string, number>>): string =>
  forgetText(
    Object.entries(counts).map(([destination, forgotten]): ForgetResult => ({
      destination,
      status: 'done',
      forgotten,
      kept: 1,
    })),
  );

describe('the sentence that is kept of a forget', () => {
  it('counts a snapshot once, however many destinations it goes from', () => {
    expect(forgot({ disk: 3, nas: 3, cloud: 3 })).toBe('forgot 3 snapshots on disk, nas and cloud');
    expect(forgot({ disk: 3, nas: 1, cloud: 3 })).toBe('forgot 3 snapshots on disk and cloud; 1 snapshot on nas');
    expect(forgot({ disk: 2, nas: 0 })).toBe('forgot 2 snapshots on disk');
    expect(forgot({ disk: 0 })).toBe('nothing to forget');
  });
});

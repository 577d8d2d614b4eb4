import type { ForgetPlan, ForgetResult } from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { createStyle } from '../../src/output/style.ts';
import { forgetText, formatForgetPlan, formatLongReasons } from '../../src/render/forget.ts';

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

it('the plan of a forget says once why many snapshots are held back, and not in each row', () => {
  const why = 'held back: in snapshot 78ee0466 82 % of its files were rewritten with content that cannot be compressed';
  const decisions = [1, 2, 3].map((i) => {
    const file = { time: '2026-01-01T00:00:00Z', paths: ['/docs'] };
    const snapshot = { id: String(i).repeat(64), file, source: 'docs', timeNs: BigInt(i), mask: 1 };
    return { snapshot, destination: 'disk', keep: true, reasons: [why, 'has tag held: back'] };
  });
  const plan = { decisions, explicit: true, named: new Set() } as unknown as ForgetPlan;
  const rows = formatForgetPlan(plan, createStyle(false)).split('\n').slice(1);
  expect(rows.every((row) => row.endsWith('stays  held back, has tag held: back'))).toBe(true);
  expect(formatLongReasons(plan)).toBe(why);
});

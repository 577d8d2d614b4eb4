import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderChart } from '../../bench/report/chart.ts';
import { renderCurve } from '../../bench/report/curve.ts';
import { logAxis } from '../../bench/report/log-axis.ts';
import type { CurvePoint } from '../../bench/scale/scale-works.ts';
import type { Comparison } from '../../bench/report/comparisons.ts';
import { rowsOf, withUnit } from '../../bench/report/rows.ts';
import type { Sample, Who } from '../../bench/report/samples.ts';
import { median, pairedRatio } from '../../bench/report/statistics.ts';
import { renderTable } from '../../bench/report/table.ts';

const sample = (who: Who, round: number, seconds: number): Sample => ({
  work: 'backup <all>',
  who,
  round,
  cost: { seconds, cpuSeconds: seconds * 2, peakBytes: 64 * 1024 * 1024 },
});
const samples = [
  sample('triplicate', 0, 1),
  sample('restic', 0, 2),
  sample('triplicate', 1, 30),
  sample('restic', 1, 40),
  sample('triplicate', 2, 2),
  sample('restic', 2, 4),
];
const against = (who: Who, atMost: number): Comparison => ({ work: 'backup <all>', measure: 'wall', who, atMost });

describe('statistics', () => {
  it('takes the middle of an odd number of values, and between two of an even one', () => {
    expect(median([3, 100, 1])).toBe(3);
    expect(median([4, 1, 100, 2])).toBe(3);
    expect(median([])).toBeNaN();
  });

  it('is not moved by the order of the values, and has as many below as above', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const middle = median(values);
        expect(median(values.toReversed())).toBe(middle);
        expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });

  it('compares round by round, so that a slow minute of the machine counts for both', () => {
    const ours = new Map([
      [0, 1],
      [1, 30],
      [2, 2],
    ]);
    const theirs = new Map([
      [0, 2],
      [1, 60],
      [2, 4],
    ]);
    expect(pairedRatio(ours, theirs)).toBe(0.5);
  });

  it('leaves out rounds that only one of them has', () => {
    expect(pairedRatio(new Map([[0, 1]]), new Map([[1, 1]]))).toBeUndefined();
    expect(
      pairedRatio(
        new Map([
          [0, 3],
          [1, 1],
        ]),
        new Map([[0, 1]]),
      ),
    ).toBe(3);
  });
});

describe('rows', () => {
  it('tells medians, the ratio, and whether it holds', () => {
    const [row] = rowsOf([against('restic', 0.6)], samples);
    expect(row).toMatchObject({ ours: 2, theirs: 4, ratio: 0.5, holds: true });
    expect(rowsOf([against('restic', 0.4)], samples)[0]?.holds).toBe(false);
  });

  it('shows our own figures where restic is missing, and no row where another program is', () => {
    const own = samples.filter(({ who }) => who === 'triplicate');
    const rows = rowsOf([against('restic', 0.6), against('borg', 1)], own);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ ours: 2, theirs: undefined, ratio: undefined, holds: undefined });
  });

  it('can hold a work against another work of ours', () => {
    const three: Sample = { ...sample('triplicate', 0, 3), work: 'three' };
    const comparison: Comparison = { work: 'three', measure: 'wall', who: 'triplicate', against: 'backup <all>' };
    expect(rowsOf([comparison], [...samples, three])[0]?.ratio).toBe(3);
  });

  it('writes figures with a unit', () => {
    expect(withUnit(0.0421, 'wall')).toBe('42 ms');
    expect(withUnit(1.5, 'cpu')).toBe('1.50 s');
    expect(withUnit(3 * 1024 * 1024, 'peak')).toBe('3 MiB');
  });
});

describe('the report', () => {
  it('aligns the table and marks what was missed', () => {
    const lines = renderTable(rowsOf([against('restic', 0.4)], samples)).split('\n');
    expect(lines).toEqual([
      'work          measure  triplicate  against          ratio  at most',
      'backup <all>  wall         2.00 s  restic   4.00 s   0.50     0.40  missed',
    ]);
  });

  it('draws a bar for each wall time, with names that are safe in XML', () => {
    const chart = renderChart(rowsOf([against('restic', 0.6)], samples), 'A & B');
    expect(chart).toContain('<title>A &amp; B</title>');
    expect(chart).toContain('backup &lt;all&gt;');
    expect(chart.match(/<rect class="(bar|over)"/g)).toHaveLength(1);
    expect(chart).toContain('0.50  (2.00 s : 4.00 s)');
  });

  it('draws a line for each series of the curve, from the smallest amount to the largest', () => {
    const points = [1000, 100_000].flatMap((amount) =>
      (['triplicate', 'restic'] as const).map((who): CurvePoint => {
        const cost = { seconds: amount / 1000, cpuSeconds: undefined, peakBytes: 2 ** 26 };
        return { kind: 'files', amount, run: 'first', who, cost };
      }),
    );
    const chart = renderCurve(points, 'A & B');
    expect(chart).toContain('<title>A &amp; B</title>');
    expect(chart).not.toContain('NaN');
    // Wall time of ours: from one corner to the other.
    expect(chart).toContain('<path class="line ours" d="M58.0 248.0L288.0 78.0"/>');
  });

  it('keeps its marks in order, whatever the values', () => {
    const value = fc.double({ min: 1e-3, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 9 }), (values) => {
        const { at, ticks } = logAxis(values, { from: 0, to: 100 });
        for (const one of values) expect(Number(at(one))).toBeGreaterThanOrEqual(0);
        for (const one of values) expect(Number(at(one))).toBeLessThanOrEqual(100);
        const places = ticks.map((tick) => Number(tick.at));
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      }),
    );
  });
});

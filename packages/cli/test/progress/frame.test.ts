import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LaneProgress, RunEvent } from '@triplicate/core';
import { createStyle } from '../../src/output/style.ts';
import { widthOf } from '../../src/output/width.ts';
import { drawFrame, type FrameOptions } from '../../src/progress/frame.ts';
import { ProgressModel } from '../../src/progress/model.ts';
import { middle, sourceProgress } from './events.ts';

const modelOf = (events: readonly RunEvent[]): ProgressModel => {
  const model = new ProgressModel();
  for (const event of events) model.apply(event, 0);
  return model;
};

const plain: FrameOptions = { columns: 80, rows: 24, style: createStyle(false), unicode: true, now: 0 };
const draw = (model: ProgressModel, options: Partial<FrameOptions> = {}): string =>
  `\n${drawFrame(model, { ...plain, ...options }).join('\n')}\n`;

describe('a frame', () => {
  it('shows the source and each destination, with rate and time left', () => {
    const model = modelOf(middle);
    model.apply(sourceProgress(840, 0), 4000);
    const lane = { state: 'writing', bytesStored: 800 * 2 ** 20, bytesWaiting: 40 * 2 ** 20 } as const;
    model.apply({ type: 'lane-progress', destination: 'usb-disk', progress: lane }, 4000);
    expect(draw(model, { now: 4000 })).toMatchSnapshot();
  });

  it('says how far a destination has caught up, and how long the rest takes', () => {
    const catchingUp = (done: number, left: number): RunEvent => ({
      type: 'lane-progress',
      destination: 'cloud',
      progress: { state: 'catching-up', bytesStored: done * 2 ** 20, bytesWaiting: left * 2 ** 20 },
    });
    const model = modelOf([...middle, sourceProgress(1200, 0), catchingUp(300, 900)]);
    model.apply(catchingUp(600, 600), 4000);
    const lines = draw(model, { now: 4000 });
    expect(lines).toMatch(/cloud +█+░+ +50% +600 MiB 75\.0 MiB\/s  0:08 left\n +catching up from the others/);
  });

  it('gives up the bars, and not the words, where there is no room', () => {
    expect(draw(modelOf(middle), { columns: 60 })).toMatchSnapshot('60 columns');
    expect(draw(modelOf(middle), { columns: 30 })).toMatchSnapshot('30 columns');
  });

  it('is plain ASCII where the terminal shows no more', () => {
    const text = draw(modelOf(middle), { unicode: false });
    expect(text).toMatchSnapshot();
    // oxlint-disable-next-line no-control-regex -- the whole of ASCII
    expect(text).toMatch(/^[\u0000-\u007f]*$/);
  });

  it('promises no share and no time while it is still being counted how much there is, and fills no bar', () => {
    const [started, progress, ...lanes] = middle;
    if (started === undefined || progress?.type !== 'source-progress') throw new TypeError('the run begins otherwise');
    expect(draw(modelOf([started, ...lanes]))).toMatchSnapshot('before the first word');
    const uncounted = { filesTotal: undefined, bytesTotal: undefined, counting: true };
    const model = modelOf([{ ...progress, progress: { ...progress.progress, ...uncounted } }, ...lanes]);
    const later = { ...progress.progress, ...uncounted, bytesDone: 840 * 2 ** 20, filesDone: 840 };
    model.apply({ ...progress, progress: later }, 4000);
    expect(draw(model, { now: 4000 })).toMatchSnapshot('after it');
  });

  it('begins anew with a source that is read once more', () => {
    const [started, progress] = middle;
    if (started === undefined || progress === undefined) throw new TypeError('the run begins otherwise');
    const again = draw(modelOf([...middle, sourceProgress(1200, 0), started, progress]));
    expect(again).toContain('0.59 of 1.17 GiB');
    expect(again).not.toContain('✓ read');
  });

  it('tells what a person has to do', () => {
    const waiting: RunEvent = { type: 'waiting', source: 'annas-iphone', what: "enter the passcode on Anna's iPhone" };
    expect(draw(modelOf([...middle, waiting]))).toContain('annas-iphone');
    expect(draw(modelOf([...middle, waiting]))).toContain("enter the passcode on Anna's iPhone");
  });

  it('shows how each destination ended', () => {
    const ends: RunEvent[] = (['stored', 'behind', 'skipped'] as const).map((status, i) => ({
      type: 'outcome',
      outcome: { source: 'annas-iphone', destination: ['usb-disk', 'cloud', 'tape'][i] ?? '', status },
    }));
    expect(draw(modelOf([...middle, sourceProgress(1200, 3), ...ends]))).toMatchSnapshot();
  });

  it('shows other work as so much of so much', () => {
    const work: RunEvent[] = [
      { type: 'work-progress', work: 'check', destination: 'nas', progress: { done: 12, total: 40, unit: 'packs' } },
      {
        type: 'work-progress',
        work: 'restore',
        progress: { done: 2 ** 20, total: 2 ** 22, unit: 'bytes', current: 'home/anna/a.txt' },
      },
      { type: 'work-progress', work: 'sync', destination: 'cloud', progress: { done: 2, total: 2, unit: 'snapshots' } },
    ];
    expect(draw(modelOf(work))).toMatchSnapshot();
  });

  it('keeps what is done apart from its share, and ends when it is said to', () => {
    const restoring = (done: number, finished: boolean): string =>
      draw(
        modelOf([
          {
            type: 'work-progress',
            work: 'restore',
            progress: { done, total: 148_670, unit: 'files', finished, current: 'a' },
          },
        ]),
      );
    expect(restoring(12_047, false)).toContain('8% 12,047 of 148,670 files');
    expect(restoring(148_670, false)).toContain('100% 148,670 of 148,670 files');
    expect(restoring(148_670, true)).toContain('✓ 148,670 files');
  });

  it('never draws less of a destination than before, and all of it only at its end', () => {
    const model = modelOf(middle);
    const lane = (state: LaneProgress['state'], storedMib: number, waitingMib: number): string => {
      const progress = { state, bytesStored: storedMib * 2 ** 20, bytesWaiting: waitingMib * 2 ** 20 };
      model.apply({ type: 'lane-progress', destination: 'usb-disk', progress }, 1000);
      return (
        draw(model)
          .split('\n')
          .find((line) => line.startsWith('usb-disk')) ?? ''
      );
    };
    const full = (line: string): number => line.split('█').length - 1;
    const before = lane('writing', 600, 0);
    expect(before).toContain(' 50% ');
    const queued = lane('writing', 600, 100);
    expect([full(queued), queued.includes(' 50% '), queued.includes('100 MiB waits')]).toEqual([
      full(before),
      true,
      true,
    ]);
    model.apply(sourceProgress(1200, 0), 1000);
    expect(lane('writing', 1196, 0)).toContain('█░');
    expect(lane('writing', 1196, 4)).toMatch(/█░ +99% +1.17 GiB/);
    expect(lane('stored', 1200, 0)).not.toContain('░');
  });

  it('does not go back to reading after the source has ended', () => {
    const model = modelOf([sourceProgress(1200, 0), sourceProgress(900, 0)]);
    expect(draw(model)).toContain('read 1.17 GiB');
  });

  it('is never wider or higher than the terminal, whatever the names', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 80 });
    const bytes = fc.nat({ max: 2 ** 50 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, bytes, bytes), { maxLength: 30 }),
        fc.integer({ min: 10, max: 200 }),
        (lanes, columns) => {
          const model = modelOf([
            ...middle,
            ...lanes.map(([destination, bytesStored, bytesWaiting]): RunEvent => ({
              type: 'lane-progress',
              destination,
              progress: { state: 'writing', bytesStored, bytesWaiting },
            })),
          ]);
          const lines = drawFrame(model, { ...plain, columns, rows: 12 });
          expect(lines.length).toBeLessThan(12);
          for (const line of lines) expect(widthOf(line)).toBeLessThan(columns);
        },
      ),
      { seed: 20_261_129, numRuns: 100 },
    );
  });
});

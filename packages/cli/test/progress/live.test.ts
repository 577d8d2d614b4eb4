import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Output } from '../../src/output/output.ts';
import { LiveLines } from '../../src/progress/live.ts';
import { Reporter } from '../../src/progress/reporter.ts';
import { Terminal } from '../support/terminal.ts';
import { middle } from './events.ts';

describe('live lines', () => {
  it('stand below what is said, are drawn over, and leave nothing behind', async () => {
    const terminal = new Terminal(40);
    let lines = ['disk   10%', 'cloud   2%'];
    const live = new LiveLines(terminal.stream, () => lines);
    await pause(150);
    expect(terminal.screen).toBe('disk   10%\ncloud   2%');
    expect(terminal.cursorIsHidden).toBe(true);
    live.printAbove('warning: a file could not be read');
    lines = ['disk   20%'];
    live.invalidate();
    await pause(150);
    expect(terminal.screen).toBe('warning: a file could not be read\ndisk   20%');
    live.printAbove('warning: another one');
    expect(terminal.screen).toBe('warning: a file could not be read\nwarning: another one\ndisk   20%');
    live[Symbol.dispose]();
    expect(terminal.screen).toBe('warning: a file could not be read\nwarning: another one');
    expect(terminal.cursorIsHidden).toBe(false);
    live.printAbove('done');
    expect(terminal.screen.split('\n')).toHaveLength(3);
  });

  it('are drawn at most ten times a second', async () => {
    const terminal = new Terminal(40);
    let drawn = 0;
    const live = new LiveLines(terminal.stream, () => {
      drawn += 1;
      return ['x'];
    });
    const end = performance.now() + 500;
    while (performance.now() < end) {
      live.invalidate();
      await pause(1);
    }
    live[Symbol.dispose]();
    expect(drawn).toBeGreaterThan(1);
    expect(drawn).toBeLessThanOrEqual(6);
  });

  it('make room for a result that is printed while they stand', async () => {
    const terminal = new Terminal(80);
    const { stream } = terminal;
    const output = new Output(
      { stdout: stream, stderr: stream, env: {} },
      { json: false, quiet: false, verbose: false },
    );
    const reporter = new Reporter(output, { now: () => 0, unicode: true });
    for (const event of middle) reporter.report(event);
    for (const destination of ['usb-disk', 'cloud', 'nas']) {
      await pause(150);
      await output.result(`${destination}\n  3 snapshots need 1.20 GiB`);
      expect(terminal.screen).toMatch(/1.20 GiB\nannas-iphone[^]*\nnas /);
    }
    reporter[Symbol.dispose]();
    await output.result('usb-disk  freed 3 MiB');
    expect(terminal.screen).toBe(
      [
        ...['usb-disk', 'cloud', 'nas'].map((name) => `${name}\n  3 snapshots need 1.20 GiB`),
        'usb-disk  freed 3 MiB',
      ].join('\n'),
    );
  });
});

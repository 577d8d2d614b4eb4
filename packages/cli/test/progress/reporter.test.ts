import { BackupError, bytesFromText, toBackupError } from '@triplicate/core';
import { lstatSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Output } from '../../src/output/output.ts';
import { Reporter } from '../../src/progress/reporter.ts';
import { middle, sourceProgress, unreadable } from './events.ts';

const record = async (
  options: { readonly json?: boolean; readonly quiet?: boolean; readonly verbose?: boolean },
  work: (reporter: Reporter, wait: (ms: number) => void) => void,
): Promise<{ out: string; err: string }> => {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const output = new Output({ ...streams, env: {} }, { json: false, quiet: false, verbose: false, ...options });
  let now = 0;
  const reporter = new Reporter(output, { now: () => now, unicode: true });
  work(reporter, (ms) => {
    now += ms;
  });
  reporter[Symbol.dispose]();
  streams.stdout.end();
  streams.stderr.end();
  return { out: await text(streams.stdout), err: await text(streams.stderr) };
};

describe('a run whose talk goes into a file', () => {
  it('says a few lines, and a long one something every minute', async () => {
    const { err } = await record({}, (reporter, wait) => {
      for (const event of middle) reporter.report(event);
      for (let minute = 0; minute < 3; minute += 1) {
        for (let i = 0; i < 100; i += 1) reporter.report(sourceProgress(600 + minute, 0));
        wait(60_000);
      }
    });
    expect(err).toBe(
      "reading annas-iphone (Anna's iPhone)\nannas-iphone: 601 MiB of 1.17 GiB, 601 files\nannas-iphone: 602 MiB of 1.17 GiB, 602 files\n",
    );
  });

  it('names ten files that could not be read and counts the others', async () => {
    const work = (reporter: Reporter): void => {
      for (let i = 1; i <= 15; i += 1) reporter.report(unreadable(i));
    };
    const { err } = await record({}, work);
    expect(err.match(/warning: /g)).toHaveLength(10);
    expect(err).toContain('annas-iphone: 5 more files could not be read (--verbose names them all)');
    const all = await record({ verbose: true }, work);
    expect(all.err.match(/warning: /g)).toHaveLength(15);
  });

  it('cuts a path that is too long for the system, and says it once', async () => {
    const path = `${'very-long-folder/'.repeat(300)}end`;
    const { err } = await record({}, (reporter) => {
      let error: unknown;
      try {
        lstatSync(`/${path}`);
      } catch (cause) {
        error = cause;
      }
      reporter.report({ type: 'unreadable', source: 'a', path: bytesFromText(path), error: toBackupError(error) });
    });
    expect(err).toContain('…');
    expect(err).toMatch(/-folder\/end": the path is too long for the system\n$/);
    expect(err.length).toBeLessThan(400);
  });

  it('says warnings alone when it is quiet', async () => {
    const { err } = await record({ quiet: true }, (reporter) => {
      for (const event of middle) reporter.report(event);
      const error = new BackupError('CORRUPT', 'pack 1234 is damaged', { hint: 'Run `triplicate heal`.' });
      reporter.report({ type: 'warning', destination: 'nas', error });
    });
    expect(err).toBe('warning: nas: pack 1234 is damaged\n  hint: run `triplicate heal`\n');
  });

  it('gives objects to a program, progress once a second', async () => {
    const { out, err } = await record({ json: true }, (reporter, wait) => {
      for (const event of middle) reporter.report(event);
      for (let i = 0; i < 10; i += 1) {
        reporter.report(sourceProgress(700, 1));
        wait(300);
      }
      for (let i = 1; i <= 15; i += 1) reporter.report(unreadable(i));
    });
    expect(err).toBe('');
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; source?: string });
    expect(lines.filter(({ type }) => type === 'unreadable')).toHaveLength(15);
    expect(lines.filter(({ type, source }) => type === 'progress' && source !== undefined)).toHaveLength(3);
  });
});

import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, type PipelineStatus } from '@triplicate/core';
import { temporaryFolder } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expose } from '../../src/metrics/exposition.ts';
import { standingGauges } from '../../src/metrics/standing.ts';
import { writeTextfile } from '../../src/metrics/write-textfile.ts';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { noPromtool, promtoolSays } from '../support/promtool.ts';

const skipped = noPromtool === undefined ? '' : ` (skipped: ${noPromtool})`;

const status = (pipeline: string, destinations = 2): PipelineStatus => ({
  pipeline,
  sources: [
    {
      source: 'docs',
      snapshots: 2,
      last: { id: 'ab', time: '2026-11-28T02:00:00.5+01:00' },
      on: [],
      gone: [],
      elsewhere: [],
      alarms: [{ snapshot: 'ab', error: new BackupError('MASS_CHANGE', 'changed as if it had been destroyed') }],
    },
    { source: 'new', snapshots: 0, on: [], gone: [], elsewhere: [], alarms: [] },
  ],
  formerSources: [],
  destinations: Array.from({ length: destinations }, (_, i) => ({
    destination: `place-${i}`,
    state: i === 0 ? ('behind' as const) : ('away' as const),
    behindBy: i === 0 ? 3 : 0,
    snapshots: 2,
    overdue: i === 1,
    lost: [],
    keysDue: [],
    ...(i === 0 ? { freeBytes: 1e12, lastCheck: { at: new Date(0), whole: true, readData: true } } : {}),
  })),
  coverage: {
    verdict: 'short',
    copies: 2,
    original: true,
    media: 1,
    offsite: 0,
    immutable: 0,
    errors: 0,
    missing: [],
    advice: [],
  },
});

describe('the text that Prometheus reads', () => {
  it('has each gauge once, with what is known', () => {
    const text = expose(
      standingGauges([
        { pipeline: 'main', status: status('main'), run: undefined },
        { pipeline: 'b', status: status('b'), run: undefined },
        { pipeline: 'not looked at', status: undefined, run: undefined },
      ]),
    );
    expect(text).toContain(
      [
        '# HELP triplicate_destination_behind_snapshots Snapshots that the replica lacks.',
        '# TYPE triplicate_destination_behind_snapshots gauge',
        'triplicate_destination_behind_snapshots{pipeline="main",destination="place-0"} 3',
        'triplicate_destination_behind_snapshots{pipeline="b",destination="place-0"} 3',
        '#',
      ].join('\n'),
    );
    expect(text).toContain(
      'triplicate_source_last_snapshot_timestamp_seconds{pipeline="main",source="docs"} 1795827600.5\n',
    );
    expect(text).toContain('triplicate_source_alarms{pipeline="main",source="docs"} 1\n');
    // No backup is known, so nothing is said of one.
    expect(text).not.toContain('backup_');
    const types = text.match(/^# TYPE \S+/gm) ?? [];
    expect(new Set(types).size).toBe(types.length);
  });

  it.skipIf(noPromtool !== undefined)(`is what promtool accepts, whatever names are in it${skipped}`, () => {
    const gauges = standingGauges([{ pipeline: 'main', status: status('a "b" \\ c\nd {e} ü 写'), run: undefined }]);
    expect(promtoolSays(expose(gauges))).toBe('');
    // It does find fault.
    expect(
      promtoolSays(expose([{ name: 'bad name', help: 'x', samples: [{ labels: { a: 'b' }, value: 1 }] }])),
    ).not.toBe('');
  });
});

describe('the text file', () => {
  it('is whole at every moment, and nothing stays beside it', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'main.prom');
    let writing = true;
    const read: string[] = [];
    const reader = (async () => {
      while (writing) read.push(await readFile(file, 'utf8').catch(() => 'none'));
    })();
    const sizes = [1, 300];
    for (let turn = 0; turn < 40; turn += 1)
      await writeTextfile(file, { pipeline: 'main', status: status('main', sizes[turn % 2]), run: undefined });
    writing = false;
    await reader;
    const whole = sizes.map((size) =>
      expose(standingGauges([{ pipeline: 'main', status: status('main', size), run: undefined }])),
    );
    expect(read.length).toBeGreaterThan(40);
    expect(read.filter((text) => text !== 'none' && !whole.includes(text))).toEqual([]);
    expect(await readdir(folder.path)).toEqual(['main.prom']);
  });

  describe('of a pipeline', () => {
    let cli: Cli;
    beforeEach(async () => {
      cli = await createCli();
      await mkdir(join(cli.folder, 'docs'));
      await writeFile(join(cli.folder, 'docs', 'a.txt'), 'a');
    });
    afterEach(() => cli[Symbol.asyncDispose]());

    const configure = (metrics: string): Promise<void> =>
      writeFile(
        join(cli.folder, 'triplicate.yaml'),
        [
          'version: 1',
          'pipelines:',
          '  main:',
          '    sources: { docs: { type: files, paths: [./docs] } }',
          '    destinations: { disk: { type: local, path: ./disk } }',
          '    encrypt: { password: { env: SECRET } }',
          `    metrics: ${metrics}`,
        ].join('\n'),
      );
    const type = (...parameters: string[]): Promise<Ended> => cli.type(parameters, { env: { SECRET: 'secret words' } });

    it.skipIf(noPromtool !== undefined)(`is written after a backup, and after one that failed${skipped}`, async () => {
      await configure('{ textfile: ./main.prom }');
      await type('init');
      expect((await type('backup')).code).toBe(0);
      const file = join(cli.folder, 'main.prom');
      const text = await readFile(file, 'utf8');
      expect(promtoolSays(text)).toBe('');
      expect(text).toContain('triplicate_backup_success{pipeline="main"} 1\n');
      expect(text).toContain('triplicate_destination_snapshots{pipeline="main",destination="disk"} 1\n');
      expect((await stat(file)).mode & 0o777).toBe(0o644);
      await rm(join(cli.folder, 'docs'), { recursive: true });
      expect((await type('backup')).code).toBe(1);
      expect(await readFile(file, 'utf8')).toContain('triplicate_backup_failed{pipeline="main"} 1\n');
    });

    it('that cannot be written is a warning, and one that no collector would read a mistake', async () => {
      await configure('{ textfile: ./none/main.prom }');
      await type('init');
      const { code, err } = await type('backup');
      expect(code).toBe(0);
      expect(err).toMatch(/warning: the metrics in ".*none\/main\.prom"/);
      await configure('{ textfile: ~/.bashrc }');
      expect(await type('backup')).toMatchObject({ code: 2, err: expect.stringContaining('end in .prom') as string });
    });
  });
});

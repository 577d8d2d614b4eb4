/** One backup as a process of its own, so that what it costs can be told: JSON parameters in, one line of JSON out. */
import { backup, initRepository } from '@triplicate/core';
import { limitHeapGrowth } from '@triplicate/core/start';
import { cheapScrypt, localPipeline } from '../kit/local-pipeline.ts';

export interface OneBackup {
  readonly paths: readonly string[];
  readonly home: string;
  readonly destinations: readonly string[];
  readonly init: boolean;
}

export interface BackupCost {
  readonly status: readonly string[];
  readonly seconds: number;
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly filesUnmodified: number;
  readonly files: number;
  readonly dataAdded: number;
}

// As the program does.
limitHeapGrowth();
const { init, ...options } = JSON.parse(process.argv[2] ?? '{}') as OneBackup;
const pipeline = localPipeline(options);
if (init) await initRepository(pipeline, { scrypt: cheapScrypt });
const start = performance.now();
const report = await backup(pipeline, { tags: [], force: false, dryRun: false, wait: 'all' });
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const counts = report.sources[0]?.captured?.counts;
const cost: BackupCost = {
  status: report.outcomes.map(({ status, error }) => (error ? `${status}: ${error.message}` : status)),
  seconds: (performance.now() - start) / 1000,
  cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
  peakMiB: Math.round(maxRSS / 1024),
  filesUnmodified: counts?.filesUnmodified ?? 0,
  files: counts?.totalFiles ?? 0,
  dataAdded: counts?.dataAdded ?? 0,
};
process.stdout.write(`${JSON.stringify(cost)}\n`);

import { cpus, loadavg, release, totalmem, type } from 'node:os';

export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
  /** How many processes wanted to run, on average over the last minute: what else the machine did when it was asked. */
  readonly load: number;
}

export const thisMachine = (): Machine => ({
  system: `${type()} ${release()}`,
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryBytes: totalmem(),
  node: process.version,
  load: loadavg()[0] ?? 0,
});

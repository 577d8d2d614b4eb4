/**
 * What the index of a repository takes, in a process of its own that opens it as every command does. `HOME EMPTY NAME` in, one line of JSON
 * out. A repository without blobs is opened first, so that code, keys and threads count for neither.
 */
import { Session } from '@triplicate/core';
import { pipelineOver } from './open-repository.ts';

export interface OpenedIndex {
  readonly blobs: number;
  readonly packs: number;
  readonly seconds: number;
  /** Of the shared buffers that every thread looks blobs up in, packs included. */
  readonly tableBytes: number;
  /** By which the resident set has grown, garbage collected. */
  readonly residentBytes: number;
  readonly peakBytes: number;
}

const [home = '', empty = '', name = ''] = process.argv.slice(2);
const collectGarbage = (globalThis as { gc?: () => void }).gc ?? (() => undefined);
const resident = (): number => {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage.rss();
};
const open = (replica: string): Promise<Session> =>
  Session.open(pipelineOver(home, replica), { lock: 'read', uncached: true });

await using without = await open(empty);
const before = resident();
const start = performance.now();
await using session = await open(name);
const seconds = (performance.now() - start) / 1000;
const residentBytes = resident() - before;
const { memory, table } = session.index;
const buffers = [memory.sorted.entries, memory.sorted.further, memory.packs.words, ...Object.values(memory.dynamic)];
const opened: OpenedIndex = {
  blobs: table.count - without.index.table.count,
  packs: table.packs.count,
  seconds,
  tableBytes: buffers.reduce((sum, buffer: SharedArrayBuffer) => sum + buffer.byteLength, 0),
  residentBytes,
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(`${JSON.stringify(opened)}\n`);

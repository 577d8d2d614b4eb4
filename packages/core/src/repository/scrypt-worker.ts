/** A thread that mixes lanes of scrypt until none is left, says that it has done all that it took, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { type LaneJob, LaneMixer } from './scrypt-lanes.ts';

const mixer = LaneMixer.create(workerData as LaneJob);
while (mixer?.mixNext() === true);
parentPort?.postMessage('done');

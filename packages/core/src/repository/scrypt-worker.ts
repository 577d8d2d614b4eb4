/** A thread that mixes some lanes of scrypt, says so, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { mixLanes } from './scrypt-lanes.ts';
import type { LaneJob } from './scrypt-threads.ts';

const { lanes, n } = workerData as LaneJob;
parentPort?.postMessage(mixLanes(new Uint8Array(lanes), n));

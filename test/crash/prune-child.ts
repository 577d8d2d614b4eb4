/** A process that says when it begins to prune, and may be killed from then on: `node prune-child.ts HOME FOLDER`. */
import { prune } from '@triplicate/core';
import { pipelineOver } from './churned.ts';

const [, , home = '', live = ''] = process.argv;
const pipeline = pipelineOver(home, live);
process.stdout.write('begins\n');
const [result] = await prune(pipeline, { dryRun: false });
if (result?.status !== 'pruned') throw result?.error ?? new Error(`it ended as ${result?.status}`);

#!/usr/bin/env node
// Begun by bin/triplicate.js, which sees to it that this is a Node that the program can run in.
import { limitHeapGrowth, startThreadAhead } from '@triplicate/core/start';
import { openingCommandOf } from './opens-repository.ts';
import { keepCompiledCode } from './code-cache.ts';

const opening = openingCommandOf(process.argv.slice(2));
keepCompiledCode(opening ?? 'other');
limitHeapGrowth();
// A call to a disk or a mounted server that hangs keeps its thread. There are four for all destinations where nobody says otherwise.
process.env['UV_THREADPOOL_SIZE'] ??= '16';
// Everything waits for the key: the thread that helps with it starts while the program is loaded.
if (opening !== undefined) startThreadAhead();
const { runProcess } = await import('./run-process.ts');
await runProcess();

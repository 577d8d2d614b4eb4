#!/usr/bin/env node
// Begun by bin/triplicate.js, which sees to it that this is a Node that the program can run in.
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { runProcess } = await import('./run-process.ts');
await runProcess();

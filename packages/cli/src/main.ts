#!/usr/bin/env node
// Nothing but this file is loaded before the version is known, and its syntax is old enough for an old Node to say so.
import * as nodeModule from 'node:module';

const oldest = 24;
const major = Number(process.versions.node.split('.')[0]);

if (major < oldest) {
  process.stderr.write(
    `triplicate needs Node ${oldest} or newer, and this is ${process.version}; see https://nodejs.org/en/download\n`,
  );
  process.exitCode = 2;
} else {
  nodeModule.enableCompileCache();
  const { runProcess } = await import('./run-process.ts');
  await runProcess();
}

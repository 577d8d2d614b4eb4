#!/usr/bin/env node
// Nothing but this file is loaded before the version is known, and its syntax is old enough for an old Node to say so.
import * as nodeModule from 'node:module';

const oldest = 24;
const major = Number(process.versions.node.split('.')[0]);

/** The Node that stands beside us as the package `node`, as it does in a checkout; the same command line runs in it. */
const runInNewerNode = (): number | undefined => {
  if (process.env['TRIPLICATE_NODE_TRIED']) return undefined;
  try {
    const require = nodeModule.createRequire(import.meta.url);
    const { spawnSync } = require('node:child_process') as typeof import('node:child_process');
    const newer = require.resolve('node/bin/node');
    const env = { ...process.env, TRIPLICATE_NODE_TRIED: '1' };
    return spawnSync(newer, process.argv.slice(1), { stdio: 'inherit', env }).status ?? undefined;
  } catch {
    return undefined;
  }
};

if (major < oldest) {
  const code = runInNewerNode();
  if (code === undefined)
    process.stderr.write(
      `triplicate needs Node ${oldest} or newer, and this is ${process.version}; see https://nodejs.org/en/download\n`,
    );
  process.exitCode = code ?? 2;
} else {
  nodeModule.enableCompileCache();
  const { runProcess } = await import('./run-process.ts');
  await runProcess();
}

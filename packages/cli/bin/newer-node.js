// Run by a Node that is too old for the program: a newer one may have been installed beside it, as `npx` finds it.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** The Node that the package `node` brings, or `undefined`. */
const besides = (least) => {
  try {
    const manifest = require.resolve('node/package.json');
    if (Number.parseInt(require(manifest).version, 10) < least) return undefined;
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return undefined;
  }
};

const tooOld = (least) => {
  process.stderr.write(
    `error: triplicate needs Node.js ${least} or newer, and this is ${process.versions.node}\n` +
      `  hint: install it from https://nodejs.org, or start triplicate with \`npx --package node@${least} --package triplicate triplicate\`\n`,
  );
  process.exitCode = 2;
};

/** Runs the program again with a newer Node, and ends as it ends. */
export const handOver = (least) => {
  const node = besides(least);
  if (node === undefined) return tooOld(least);
  const program = fileURLToPath(new URL('triplicate.js', import.meta.url));
  const child = spawn(node, [...process.execArgv, program, ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('error', () => tooOld(least));
  // Who asks this process to end means both; that a terminal has told the child already does no harm.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
};

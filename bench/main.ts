/** How fast, beside stock tools, in one run: `npm run bench [-- --quick]`. Prints a table, writes bench/out/. */
import { parseOptions, usage } from './options.ts';
import { runBench } from './run-bench.ts';

const options = parseOptions(process.argv.slice(2));
if (options === undefined) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  await runBench(options, {
    result: (text) => void process.stdout.write(`${text}\n`),
    say: (text) => void process.stderr.write(`${text}\n`),
  });
}

import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodeOfProof } from '../exit-codes.ts';
import { withReporter } from '../progress/with-reporter.ts';
import { defineCommand } from '../program/command.ts';
import { given, namesOf, parseOneOrMore } from '../program/options.ts';
import { formatProof, proofSummary } from '../render/proof.ts';
import { endingOfCode, recordRun } from '../runs/record-run.ts';

interface ProofFlags {
  readonly files?: number;
}

export const command = defineCommand<ProofFlags>({
  description:
    'Tests that each destination restores, by itself: files drawn by chance from the newest snapshot of each source come back to a folder ' +
    'that is removed afterwards, and are compared with what was backed up. Of a phone, the databases are opened, and every file that its ' +
    'Manifest names has to be there (of an encrypted one, where its password is in the configuration or the environment). The result is dated, and `status` shows it.',
  examples: [
    ['proof', 'every destination'],
    ['proof cloud --files 100', 'more files from one'],
  ],
  exits: [1, 2, 3, 10, 11, 12],
  exitWords: {
    1: 'failed, or a destination does not restore',
    3: 'a destination could not be tested while another could',
  },
  configure: (command) =>
    void command
      .argument('[destination...]', 'names of destinations; all when left out')
      .option('--files <n>', 'how many files of each source (default: 20)', parseOneOrMore),
  async run(context, { args: [names], options }) {
    const { proof } = await import('@triplicate/core');
    const { openForPhones } = await import('../inside/open-inside.ts');
    const { openManifestWith } = await import('../inside/named-files.ts');
    const { pipeline, results, started } = await withReporter(context, async (emit) => {
      const { pipeline, ...rest } = await openForPhones(context, emit);
      const started = pipeline.clock.now();
      const results = await proof(pipeline, {
        ...given('only', namesOf(names)),
        ...given('files', options.files),
        random: Math.random,
        openManifest: openManifestWith({ context, flags: {}, ...rest }),
        scratch: join(tmpdir(), `triplicate-proof-${randomUUID()}`),
      });
      return { pipeline, results, started };
    });
    const code = exitCodeOfProof(results);
    const line = proofSummary(results, pipeline.name);
    const proven = results.filter(({ status }) => status === 'proven').length;
    const text = `${proven} of ${results.length} proven to restore`;
    recordRun(pipeline, { command: 'proof', started, ending: endingOfCode(code), text, report: line }, context.output);
    await context.output.report(formatProof(results, context.output.style), code);
    await context.output.line(line);
    return code;
  },
});

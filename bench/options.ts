import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Small data, so that all of it ends within three minutes on two quiet cores. */
  readonly quick: boolean;
  /** Everything that is random comes from it. */
  readonly seed: number;
  /** How often each contestant does each work; the median is told. */
  readonly rounds: number;
  /** A folder on a disk, to measure once more with the destinations there. */
  readonly disk: string | undefined;
  /** Only uploads to an S3 server on loopback. */
  readonly s3: boolean;
  /** Only backups of a phone. */
  readonly phone: boolean;
  /** Only what grows: a repository of two terabytes, a million files, gigabytes, one folder with very many entries. */
  readonly scale: boolean;
  /** Whether tables and charts are put into docs/benchmarks too. */
  readonly writeDocs: boolean;
  /** Whether it is built first; what is measured is the program that users run. */
  readonly build: boolean;
}

export const usage = `usage: npm run bench -- [--quick] [--seed N] [--rounds N] [--disk FOLDER] [--s3 | --phone | --scale] [--write-docs] [--no-build]

  --quick          small data: under three minutes on two quiet cores
  --seed N         other data (default: 1)
  --rounds N       repetitions of each work; the median is told (default: 3)
  --disk FOLDER    measure once more with the destinations in this folder
  --s3             only uploads to an S3 server (Ceph's, on this machine)
  --phone          only backups of a simulated phone
  --scale          only what grows: two terabytes simulated, a million files, one huge folder; once each
  --write-docs     put the tables and charts into docs/benchmarks too
  --no-build       take packages/cli as it was built last

RESTIC_NEWER names a newer restic than the one in PATH.
`;

/** Undefined when the command line is none of ours. */
export const parseOptions = (parameters: readonly string[]): BenchOptions | undefined => {
  try {
    const { values } = parseArgs({
      args: [...parameters],
      allowNegative: true,
      options: {
        quick: { type: 'boolean', default: false },
        seed: { type: 'string', default: '1' },
        rounds: { type: 'string', default: '3' },
        disk: { type: 'string' },
        s3: { type: 'boolean', default: false },
        phone: { type: 'boolean', default: false },
        scale: { type: 'boolean', default: false },
        'write-docs': { type: 'boolean', default: false },
        build: { type: 'boolean', default: true },
      },
    });
    const [seed, rounds] = [Number(values.seed), Number(values.rounds)];
    if (!Number.isInteger(seed) || !Number.isInteger(rounds) || rounds < 1) return undefined;
    return {
      quick: values.quick,
      seed,
      rounds,
      disk: values.disk,
      s3: values.s3,
      phone: values.phone,
      scale: values.scale,
      writeDocs: values['write-docs'],
      build: values.build,
    };
  } catch {
    return undefined;
  }
};

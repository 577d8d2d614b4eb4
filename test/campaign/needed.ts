import { measureNeeded, sumOf } from '../phone/needed.ts';
import { measureNeededOfS3 } from '../phone/needed-s3.ts';
import type { Campaign } from './main.ts';

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

interface Measured {
  readonly phoneBytes: number;
  readonly filesOnPhone: number;
  readonly neededBytes: number;
  readonly cold: Reads;
  readonly warm: Reads;
}

interface Reads {
  readonly requests: Readonly<Record<string, number>>;
  readonly bytes: Readonly<Record<string, number>>;
  readonly seconds?: number;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const tell = ({ phoneBytes, filesOnPhone, neededBytes, cold, warm }: Measured): boolean => {
  say(
    `a phone of ${megabytes(phoneBytes)} in ${filesOnPhone} files; the list of files, the database and the pictures of one conversation are ${megabytes(neededBytes)}`,
  );
  for (const [name, { bytes, requests, seconds }] of Object.entries({ cold, warm })) {
    const share = ((100 * sumOf(bytes)) / neededBytes).toFixed(1);
    const took = seconds === undefined ? '' : `, ${seconds.toFixed(1)} s`;
    say(
      `${name}: ${megabytes(sumOf(bytes))} read (${share} % of that) in ${sumOf(requests)} requests${took}: ${JSON.stringify(bytes)}; requests ${JSON.stringify(requests)}`,
    );
  }
  return sumOf(cold.bytes) < neededBytes * 1.05;
};

/** Exports one conversation out of the snapshot of a phone of COUNT megabytes, and tells what was read of the destination. */
export const needed: Campaign = async (count) => tell(await measureNeeded(count));

/** The same out of a real S3 server, counted on the wire. */
export const neededOfS3: Campaign = async (count) => {
  const measured = await measureNeededOfS3(count);
  say(`stored in ${measured.uploadSeconds.toFixed(0)} s; ${measured.pictures} pictures exported`);
  return tell(measured);
};

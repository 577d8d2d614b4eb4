import { measureNeeded, sumOf } from '../phone/needed.ts';
import type { Campaign } from './main.ts';

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Exports one conversation out of the snapshot of a phone of COUNT megabytes, and tells what was read of the destination. */
export const needed: Campaign = async (count) => {
  const { cold, warm, neededBytes, phoneBytes, filesOnPhone } = await measureNeeded(count);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(
    `a phone of ${megabytes(phoneBytes)} in ${filesOnPhone} files; the list of files, the database and the pictures of one conversation are ${megabytes(neededBytes)}`,
  );
  for (const [name, { bytes, requests }] of Object.entries({ cold, warm })) {
    const share = ((100 * sumOf(bytes)) / neededBytes).toFixed(1);
    say(
      `${name}: ${megabytes(sumOf(bytes))} read (${share} % of that) in ${sumOf(requests)} requests: ${JSON.stringify(bytes)}`,
    );
  }
  return sumOf(cold.bytes) < neededBytes * 1.05;
};

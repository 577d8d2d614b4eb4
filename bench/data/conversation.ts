import { seededInteger, seededRandom } from '@triplicate/core/testing';

const vocabularySize = 4000;
const letters = 'etaoinshrdlucmfwypvbgk';

/** Text of `length` bytes, as much alike as conversations are: zstd makes about a third of it. */
export const conversation = (seed: number, length: number): Buffer => {
  const random = seededRandom(seed);
  const words = Array.from({ length: vocabularySize }, () =>
    Array.from({ length: seededInteger(random, 2, 9) }, () => letters[Math.floor(random() ** 2 * letters.length)]).join(
      '',
    ),
  );
  const lines: string[] = [];
  let written = 0;
  for (let id = 0; written < length; id += 1) {
    // Few words are used often, most hardly ever.
    const said = Array.from(
      { length: seededInteger(random, 3, 18) },
      () => words[Math.floor(random() ** 3 * vocabularySize)],
    );
    const line = `${id}|+49170${seededInteger(random, 1_000_000, 1_000_040)}|${770_000_000 + id * 37}|${said.join(' ')}\n`;
    lines.push(line);
    written += line.length;
  }
  return Buffer.from(lines.join(''), 'latin1').subarray(0, length);
};

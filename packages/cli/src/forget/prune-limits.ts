import { byteSize, type PruneRequest } from '@triplicate/core';
import { InvalidArgumentError } from 'commander';

/** A number alone is refused: whoever writes 5 may mean a share or mebibytes, and hardly bytes. */
export const parseSize = (text: string): number => {
  if (/^0+$/.test(text)) return 0;
  const parsed = byteSize.safeParse(text);
  if (parsed.success && Number.isFinite(parsed.data)) return parsed.data;
  throw new InvalidArgumentError(
    /^\d+$/.test(text) ? `write the unit too, e.g. ${text}MiB or ${text}GiB` : 'write a size, e.g. 512MiB or 2GiB',
  );
};

export const parseMaxUnused = (text: string): NonNullable<PruneRequest['maxUnused']> => {
  if (text === 'unlimited') return 'unlimited';
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent !== undefined) return { percent: Number(percent) };
  if (/^\d+$/.test(text) && Number(text) > 0)
    throw new InvalidArgumentError(`write ${text}% for a share, or a size with its unit, e.g. ${text}MiB`);
  return { bytes: parseSize(text) };
};

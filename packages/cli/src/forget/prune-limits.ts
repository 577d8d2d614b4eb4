import { byteSize, type PruneRequest } from '@triplicate/core';
import { InvalidArgumentError } from 'commander';

export const parseSize = (text: string): number => {
  if (/^\d+$/.test(text)) return Number(text);
  const parsed = byteSize.safeParse(text);
  if (parsed.success && Number.isFinite(parsed.data)) return parsed.data;
  throw new InvalidArgumentError('write a size, e.g. 512MiB or 2GiB');
};

export const parseMaxUnused = (text: string): NonNullable<PruneRequest['maxUnused']> => {
  if (text === 'unlimited') return 'unlimited';
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  return percent === undefined ? { bytes: parseSize(text) } : { percent: Number(percent) };
};

import { describe, expect, it } from 'vitest';
import { closest, suggest } from '../../src/config/did-you-mean.ts';

describe('did you mean', () => {
  it.each([
    ['exlude', 'exclude'],
    ['pahts', 'paths'],
    ['Bucket', 'bucket'],
    ['destinatons', 'destinations'],
    ['evn', 'env'],
  ])('finds the word behind %s', (typed, meant) => {
    expect(closest(typed, ['env', 'exclude', 'paths', 'bucket', 'destinations', 'file'])).toBe(meant);
  });

  it.each(['retries', 'x', '', 'a'.repeat(100)])('has no guess for "%s"', (typed) => {
    expect(closest(typed, ['env', 'exclude', 'paths'])).toBeUndefined();
  });

  it('names what there is when nothing is near', () => {
    expect(suggest('tape', ['local', 's3'], 'destination types')).toBe('the destination types here are local, s3');
    expect(suggest('tape', [], 'keys')).toBe('remove it; there are no keys here');
  });
});

import { describe, expect, it } from 'vitest';
import { withSteadyErrno } from '../../src/posix/steady-errno.ts';

const [noEntry, again, exists] = [2, 11, 17];

/** A call with these results, each leaving an errno behind, and the errno that is left over when it is looked at. */
const callOf = (
  ...outcomes: readonly (readonly [result: number | bigint | null, errno: number])[]
): {
  readonly call: (name: string) => number | bigint | null;
  readonly errno: () => number;
  readonly calls: string[];
} => {
  let errno = 0;
  const calls: string[] = [];
  const call = (name: string): number | bigint | null => {
    const [result, left] = outcomes[calls.length] ?? [null, 0];
    calls.push(name);
    errno = left;
    return result;
  };
  const steady = withSteadyErrno(call, { get: () => errno, set: (value) => void (errno = value) });
  return { call: steady, errno: () => errno, calls };
};

describe('errno after a call', () => {
  it('is that of the call, though a collection of garbage left another one behind', () => {
    const { call, errno, calls } = callOf([-1, again], [-1, noEntry]);
    expect([call('x'), errno()]).toEqual([-1, noEntry]);
    expect(calls).toEqual(['x', 'x']);
  });

  it('is taken as it is when the call could have set it', () => {
    const { call, errno, calls } = callOf([-1n, exists]);
    expect([call('x'), errno(), calls.length]).toEqual([-1n, exists, 1]);
  });

  it('is asked for no more than a few times', () => {
    const { call, errno, calls } = callOf(...Array.from({ length: 9 }, () => [-1, again] as const));
    expect([call('x'), errno(), calls.length]).toEqual([-1, again, 5]);
  });

  it('means nothing after a success, or at the end of a list', () => {
    for (const result of [0, 7n, null]) {
      const { call, calls } = callOf([result, again]);
      expect([call('x'), calls.length]).toEqual([result, 1]);
    }
  });
});

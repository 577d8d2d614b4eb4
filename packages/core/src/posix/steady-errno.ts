/** A call of the C library as koffi makes it, with errno as it reads it: whatever this thread did last may have set that, V8 included. */
export interface Errno {
  get(): number;
  set(value: number): void;
}

type Call<Argument> = (...args: Argument[]) => number | bigint | null;

/** EAGAIN of Linux and macOS, EINTR, and nothing at all: what locks and pages of V8 leave, and no call that is made here for itself. */
const passing = new Set([11, 35, 4, 0]);
const mostCalls = 5;

/** Whether errno is none that a call which failed could have set. */
export const isPassing = (errno: number): boolean => passing.has(errno);

/** Not a pointer that is null: that is the end of a list as well. */
const hasFailed = (result: number | bigint | null): boolean => result === -1 || result === -1n;

/**
 * The call, made again when it fails and errno is none that it could have set: between a call and the look at errno, V8 may collect garbage, which
 * leaves an EAGAIN behind. A call that has failed has done nothing, and fails again for the same reason.
 */
export const withSteadyErrno =
  <Argument>(call: Call<Argument>, errno: Errno): Call<Argument> =>
  (...args) => {
    let result = call(...args);
    for (let calls = 1; hasFailed(result) && calls < mostCalls && isPassing(errno.get()); calls += 1) {
      errno.set(0);
      result = call(...args);
    }
    return result;
  };

import { Recorder } from './recorder.ts';

/** The paths that were put below `root`. */
export const below = (recorder: Recorder, root: string): string[] =>
  recorder.paths.filter((path) => `/${path}`.startsWith(`${root}/`)).map((path) => path.slice(root.length));

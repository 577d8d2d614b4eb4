import type { TransformPlugin } from '../plugin/plugin.ts';
import { compress } from './compress.ts';
import { dedupe } from './dedupe.ts';

/** The transforms that need no entry under `plugins:`. Encryption is none of them: the repository does it. */
export const firstPartyTransforms: readonly TransformPlugin[] = [dedupe, compress];

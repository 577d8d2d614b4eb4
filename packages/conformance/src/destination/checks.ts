import { abortChecks } from './abort-checks.ts';
import { brokenBodyChecks } from './broken-body-checks.ts';
import { concurrencyChecks } from './concurrency-checks.ts';
import { conductChecks } from './conduct-checks.ts';
import { contentChecks } from './content-checks.ts';
import { listChecks } from './list-checks.ts';
import { nameChecks } from './name-checks.ts';
import { rangeChecks } from './range-checks.ts';
import type { DestinationCheck } from './scope.ts';
import { deleteChecks, writeChecks } from './write-checks.ts';

/** What every destination promises, adapters and wrappers alike. What one claims decides which of them apply; nothing else does. */
export const destinationChecks: readonly DestinationCheck[] = [
  ...conductChecks,
  ...contentChecks,
  ...rangeChecks,
  ...listChecks,
  ...nameChecks,
  ...writeChecks,
  ...deleteChecks,
  ...brokenBodyChecks,
  ...abortChecks,
  ...concurrencyChecks,
];

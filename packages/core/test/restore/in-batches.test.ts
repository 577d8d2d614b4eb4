import { restoreInBatches } from './kit.ts';

// What holds of a restore holds of one by threads.
restoreInBatches();
await import('./failures.test.ts');
await import('./hostile.test.ts');
await import('./parts.test.ts');
await import('./restore.test.ts');
await import('./standing.test.ts');
await import('./told.test.ts');

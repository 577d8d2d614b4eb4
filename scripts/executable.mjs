// Makes the built command runnable; npm links it before `prepare` has created it.
import { chmodSync, existsSync } from 'node:fs';

const main = 'packages/cli/dist/main.js';
if (existsSync(main)) chmodSync(main, 0o755);

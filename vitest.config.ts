import { fileURLToPath } from 'node:url';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Tests run from `src` through the private export condition; nothing has to be built first.
// Node gets these conditions as well, and what packages offer as "module" is for bundlers: Node cannot load it everywhere.
const conditions = ['@triplicate/source', ...defaultServerConditions.filter((condition) => condition !== 'module')];

export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--conditions=@triplicate/source'],
    // Every run of a backup begins threads, and many tests begin programs, which Node has to make JavaScript of `src` for. What it made stays
    // for the next one; it goes by the content of a file, so that nothing old is tested.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node-compile', import.meta.url)) },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What is waited for comes; a second is little on a machine with much else to do.
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
  },
});

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
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});

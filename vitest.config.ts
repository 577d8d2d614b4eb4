import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Tests run from `src` through the private export condition; nothing has to be built first.
export default defineConfig({
  ssr: { resolve: { conditions: ['@triplicate/source', ...defaultServerConditions] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--conditions=@triplicate/source'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});

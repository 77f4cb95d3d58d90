import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Engines start worker threads from TypeScript sources, which these inherit.
    execArgv: ['--import', new URL('scripts/typescript.mjs', import.meta.url).href],
    testTimeout: 30_000,
    // Loading a model takes seconds on two cores.
    hookTimeout: 120_000,
    reporters: process.env.CI ? ['default', ['json', { outputFile: 'coverage/vitest.json' }]] : ['default'],
  },
});

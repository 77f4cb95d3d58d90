import { defineConfig } from 'vitest/config';

/** The page in a real browser; `npm run test:workbench` builds it first. */
export default defineConfig({
  test: {
    include: ['workbench/test/**/*.test.ts'],
    testTimeout: 120_000,
    // Beside other work on two cores.
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 180_000,
    fileParallelism: false,
  },
});

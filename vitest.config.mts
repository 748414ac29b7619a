import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts'],
    testTimeout: 30_000,
    // `npm run coverage`: of what runs in the tests' own process.
    coverage: {
      provider: 'v8',
      include: ['src/core/**', 'src/engine/**', 'src/runs/**'],
      reporter: ['text', 'html'],
      reportsDirectory: 'test-results/coverage',
    },
  },
});

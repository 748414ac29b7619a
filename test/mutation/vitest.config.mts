import { defineConfig } from 'vitest/config';

/** `npm run mutation`: the tests of core alone, which need no built engine. */
export default defineConfig({ test: { include: ['test/unit/core/**/*.test.ts'] } });

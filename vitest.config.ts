import { defineConfig } from "vitest/config";

/** Tests sit beside the source; `test/` keeps what crosses modules. Times are UTC everywhere. */
export default defineConfig({
  test: {
    env: { TZ: "UTC" },
    include: ["server/**/*.test.ts", "web/src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
  },
});

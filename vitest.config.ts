import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Tests sit beside the source; `test/` keeps what crosses modules. Times are UTC everywhere. */
export default defineConfig({
  test: {
    env: { TZ: "UTC" },
    testTimeout: 120_000,
    // The first tests that use a Neo4j server start it.
    hookTimeout: 300_000,
    // What a page or a server does a moment later is waited for, on a busy machine too.
    expect: { poll: { timeout: 20_000 } },
    // Failed tests are listed again at the very end.
    reporters: ["default", "./test/reporter.ts"],
    pool: "forks",
    // Much of a run is waiting for a browser or a server: two files side by side even where there are two processors only.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: "server",
          include: ["server/**/*.test.ts", "test/**/*.test.ts"],
          setupFiles: ["test/property-seed.ts"],
          globalSetup: ["test/neo4j/global-setup.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "web",
          include: ["web/src/**/*.test.{ts,tsx}"],
          environment: "jsdom",
          // Characters of the page that a failed search for an element prints.
          env: { DEBUG_PRINT_LIMIT: "3000" },
          // Files share a process that has loaded React, Mantine and the pages; `setup.ts` cleans up after each test.
          isolate: false,
          // After all tests of the other project: a process is not reused when their files alternate.
          sequence: { groupOrder: 1 },
          setupFiles: ["test/property-seed.ts", "web/src/test/setup.ts"],
          // The storage is that of jsdom; Node has one of its own under the same name.
          execArgv: ["--no-experimental-webstorage"],
        },
      },
    ],
  },
});

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Tests sit beside the source; `test/` keeps what crosses modules. Times are UTC everywhere. */
export default defineConfig({
  test: {
    // Worker threads and commands of the tests share what `server/stemma.js` keeps compiled.
    env: { TZ: "UTC", NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/stemma") },
    // Against tests that hang, on a busy machine too; the first ones that use a Neo4j server start it.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // What a page or a server does a moment later is waited for, on a busy machine too.
    expect: { poll: { timeout: 20_000 } },
    // Failed tests are listed again at the very end.
    reporters: ["default", "./test/reporter.ts"],
    pool: "forks",
    // Much of a run is waiting for a browser or a server: three files side by side even on two processors.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: "server",
          include: ["server/**/*.test.ts", "test/**/*.test.ts"],
          // Files share a process that has loaded the server: loading it takes longer than most files run.
          isolate: false,
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

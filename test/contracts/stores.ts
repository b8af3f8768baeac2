import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import type { Problem } from "../../server/contracts/problem.ts";
import type { Result } from "../../server/lib/result.ts";
import { openNeo4jStore } from "../../server/store/neo4j/store.ts";
import type { Store } from "../../server/store/port.ts";
import { openSqliteStore } from "../../server/store/sqlite/store.ts";
import { acquireNeo4j, describeNeo4j, type Neo4jLease } from "../neo4j/lease.ts";

export interface TestStore {
  readonly store: Store;
  /** Opens the same data again, as another process would. */
  reopen(): Promise<Store>;
  dispose(): Promise<void>;
  /** Scales the number of runs of a property: fewer if each query is a round trip to a server. */
  runs(count: number): number;
}

/** Runs the tests on every store. A new adapter adds a line here: see `docs/adding-a-store.md`. */
export function describeStores(name: string, tests: (open: () => Promise<TestStore>) => void): void {
  describe(`${name} on SQLite`, () => tests(sqliteInTemporaryFolder));
  describeNeo4j(`${name} on Neo4j`, () => tests(neo4jOfThisRun));
}

export function sqliteInTemporaryFolder(): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), "stemma-store-"));
  return testStore(
    () => openSqliteStore(join(folder, "stemma.db")),
    () => rmSync(folder, { recursive: true, force: true }),
    (count) => count,
  );
}

export async function neo4jOfThisRun(): Promise<TestStore & { readonly neo4j: Neo4jLease }> {
  const neo4j = await acquireNeo4j();
  const test = await testStore(
    () => openNeo4jStore(neo4j.address, neo4j),
    neo4j.release,
    (count) => Math.ceil(count / 4),
  );
  return { ...test, neo4j };
}

async function testStore(
  openStore: () => Promise<Result<Store, Problem>>,
  release: () => void,
  runs: TestStore["runs"],
): Promise<TestStore> {
  const opened: Store[] = [];
  const open = async (): Promise<Store> => {
    const result = await openStore();
    if (!result.ok) {
      throw new Error(result.error.message);
    }
    opened.push(result.value);
    return result.value;
  };
  const store = await open().catch((error) => {
    // Otherwise no other test could use the server.
    release();
    throw error;
  });
  return {
    store,
    reopen: open,
    runs,
    async dispose() {
      for (const store of opened) {
        await store.close();
      }
      release();
    },
  };
}

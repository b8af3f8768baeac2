import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import type { Problem } from "../../server/contracts/problem.ts";
import type { Result } from "../../server/lib/result.ts";
import { openNeo4jStore } from "../../server/store/neo4j/store.ts";
import type { Store } from "../../server/store/port.ts";
import { openSqliteStore } from "../../server/store/sqlite/store.ts";
import { describeNeo4j, type Neo4jTurn, takeNeo4j } from "../neo4j/turn.ts";

export interface TestStore {
  readonly store: Store;
  /** The same data through another door, as another process would see it. */
  reopen(): Promise<Store>;
  dispose(): Promise<void>;
  /** How often a property is tried, of `times`: fewer where each question is a way to a server and back. */
  runs(times: number): number;
}

/** Runs tests on every store that the product can run on. */
export function describeStores(name: string, tests: (open: () => Promise<TestStore>) => void): void {
  describe(`${name} on SQLite`, () => tests(sqliteInTemporaryFolder));
  describeNeo4j(`${name} on Neo4j`, () => tests(neo4jOfTheRun));
}

export function sqliteInTemporaryFolder(): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), "stemma-store-"));
  return testStore(
    () => openSqliteStore(join(folder, "stemma.db")),
    () => rmSync(folder, { recursive: true, force: true }),
    (times) => times,
  );
}

export async function neo4jOfTheRun(): Promise<TestStore & { readonly neo4j: Neo4jTurn }> {
  const neo4j = await takeNeo4j();
  const test = await testStore(
    () => openNeo4jStore(neo4j.address, neo4j),
    neo4j.end,
    (times) => Math.ceil(times / 4),
  );
  return { ...test, neo4j };
}

async function testStore(
  openStore: () => Promise<Result<Store, Problem>>,
  end: () => void,
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
    // The turn at the server must not stay taken.
    end();
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
      end();
    },
  };
}

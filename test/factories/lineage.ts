import { describe } from "vitest";
import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { StemmaEvent } from "../../server/event/event.ts";
import { type AppliedEvents, applyEvents } from "../../server/lineage/apply-events.ts";
import { storeChoice } from "../../server/lineage/choose-parent.ts";
import type { LineageTables } from "../../server/lineage/tables.ts";
import type { LineageReader } from "../../server/store/lineage/port.ts";
import { connect as connectNeo4j } from "../../server/store/neo4j/connection.ts";
import { lineageReader as neo4jReader } from "../../server/store/neo4j/lineage/reader.ts";
import { lineageTables as neo4jTables } from "../../server/store/neo4j/lineage/tables.ts";
import { migrate } from "../../server/store/neo4j/migrations.ts";
import { connect, text } from "../../server/store/sqlite/connection.ts";
import { lineageReader } from "../../server/store/sqlite/lineage/reader.ts";
import { lineageTables } from "../../server/store/sqlite/lineage/tables.ts";
import { migrations } from "../../server/store/sqlite/migrations.ts";
import { acquireNeo4j, describeNeo4j } from "../neo4j/lease.ts";

/** Lineage without the rest of the product, in its own store. */
export interface TestLineage {
  readonly reader: LineageReader;
  apply(...events: readonly StemmaEvent[]): Promise<AppliedEvents>;
  /** Stores an analyst's choice of parent for each process that is known, as the API does after its checks. */
  choose(choices: readonly (readonly [process: string, parent: string])[]): Promise<void>;
  /** Everything that is shown, sorted: two equal graphs are equal values. */
  graph(): Promise<Graph>;
  /** Deletes everything. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

export interface Graph {
  readonly processes: readonly ProcessNode[];
  readonly sessions: readonly LogonSession[];
  readonly hosts: unknown;
  readonly users: unknown;
  readonly counts: unknown;
}

/** Runs tests of lineage on every adapter. */
export function describeLineage(name: string, tests: (open: () => Promise<TestLineage>) => void): void {
  describe(`${name} on SQLite`, () => tests(sqliteLineage));
  describeNeo4j(`${name} on Neo4j`, () => tests(neo4jLineage));
}

/** In a SQLite database in memory. */
export async function sqliteLineage(): Promise<TestLineage> {
  const connection = connect(":memory:", { readOnly: false, busyTimeout: 0 });
  for (const migration of migrations) {
    connection.execute(migration.sql);
  }
  return testLineage({
    reader: lineageReader(connection),
    async write(work) {
      connection.execute("BEGIN");
      try {
        return await work(lineageTables(connection));
      } finally {
        connection.execute("COMMIT");
      }
    },
    shown: async () =>
      connection
        .prepare("SELECT key FROM processes WHERE shown = 1")
        .all()
        .map((row) => text(row, "key")),
    async empty() {
      const tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
      for (const table of tables) {
        connection.execute(`DELETE FROM ${text(table, "name")}`);
      }
    },
    close: async () => connection.close(),
  });
}

/** On a Neo4j server of the test run. */
export async function neo4jLineage(): Promise<TestLineage> {
  const lease = await acquireNeo4j();
  const connection = connectNeo4j(lease.address, lease, undefined);
  await migrate(connection, { address: lease.address, database: undefined });
  return testLineage({
    reader: neo4jReader(connection.reading),
    async write(work) {
      const transaction = await connection.begin();
      try {
        const result = await work(neo4jTables(transaction));
        await transaction.commit();
        return result;
      } catch (error) {
        await transaction.rollback();
        throw error;
      }
    },
    async shown() {
      const rows = await connection.reading.run("MATCH (p:Process) RETURN p.key AS key");
      return rows.map((row) => String(row["key"]));
    },
    async empty() {
      await connection.writing.run("MATCH (n) WHERE NOT n:StemmaSchema DETACH DELETE n");
    },
    async close() {
      await connection.close();
      lease.release();
    },
  });
}

interface Adapter extends Pick<TestLineage, "reader" | "empty" | "close"> {
  write<T>(work: (tables: LineageTables) => Promise<T>): Promise<T>;
  /** Keys of all processes that are shown. */
  shown(): Promise<readonly string[]>;
}

function testLineage({ reader, write, shown, empty, close }: Adapter): TestLineage {
  return {
    reader,
    apply: (...events) => write((tables) => applyEvents(tables, events)),
    choose: (choices) =>
      write(async (tables) => {
        for (const [process, parent] of choices) {
          const row = (await tables.rows([process])).get(process);
          if (row !== undefined) {
            await storeChoice(tables, row, { parent, by: "lena", at: 1 });
          }
        }
      }),
    async graph() {
      const nodes = await reader.processes((await shown()).toSorted());
      const { items: sessions } = await reader.sessions({ limit: 100_000 });
      return {
        processes: [...nodes.values()],
        sessions: sessions.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
        hosts: await reader.hosts(),
        users: await reader.users(),
        counts: await reader.counts(),
      };
    },
    empty,
    close,
  };
}

import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { StemmaEvent } from "../../server/event/event.ts";
import { type Absorbed, absorb } from "../../server/lineage/absorb.ts";
import type { LineageReader } from "../../server/store/port.ts";
import { type Connection, connect, text } from "../../server/store/sqlite/connection.ts";
import { lineageReader } from "../../server/store/sqlite/lineage-reader.ts";
import { lineageTables } from "../../server/store/sqlite/lineage-tables.ts";
import { migrations } from "../../server/store/sqlite/migrations.ts";

/** Lineage in a SQLite database in memory. */
export interface TestLineage {
  readonly connection: Connection;
  readonly reader: LineageReader;
  absorb(...events: readonly StemmaEvent[]): Promise<Absorbed>;
  /** Everything that is shown, in an order of its own: two equal graphs are equal values. */
  graph(): Promise<Graph>;
  close(): void;
}

export interface Graph {
  readonly processes: readonly ProcessNode[];
  readonly sessions: readonly LogonSession[];
  readonly hosts: unknown;
  readonly users: unknown;
  readonly counts: unknown;
}

export function testLineage(): TestLineage {
  const connection = connect(":memory:", { readOnly: false, busyTimeout: 0 });
  for (const migration of migrations) {
    connection.execute(migration.sql);
  }
  const reader = lineageReader(connection);
  return {
    connection,
    reader,
    async absorb(...events) {
      connection.execute("BEGIN");
      const result = await absorb(lineageTables(connection), events);
      connection.execute("COMMIT");
      return result;
    },
    async graph() {
      const keys = connection.prepare("SELECT key FROM processes WHERE shown = 1 ORDER BY key").all();
      const nodes = await reader.processes(keys.map((row) => text(row, "key")));
      const { items: sessions } = await reader.sessions({ limit: 100_000 });
      return {
        processes: [...nodes.values()],
        sessions: [...sessions].sort((a, b) => (a.key < b.key ? -1 : 1)),
        hosts: await reader.hosts(),
        users: await reader.users(),
        counts: await reader.counts(),
      };
    },
    close: () => connection.close(),
  };
}

import type { LineageTables } from "../../../lineage/tables.ts";
import { lineageCounts } from "../../lineage/counts.ts";
import type { Writes } from "../connection.ts";
import { AccountWriter } from "./accounts.ts";
import { hostTables } from "./hosts.ts";
import { logonTables } from "./logon-tables.ts";
import { processTables } from "./process-tables.ts";
import type { TransactionState } from "./save.ts";

/** The tables of lineage within one write transaction. Nobody else writes meanwhile, so rows are read only once. */
export function lineageTables(writes: Writes): LineageTables {
  const state: TransactionState = {
    rows: new Map(),
    counts: lineageCounts(),
    accounts: new AccountWriter(writes),
    sessionCounts: new Map(),
    deleted: new Set(),
  };
  return { ...processTables(writes, state), ...logonTables(writes, state), ...hostTables(writes, state) };
}

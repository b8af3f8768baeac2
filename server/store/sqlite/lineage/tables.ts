import type { LineageTables } from "../../../lineage/tables.ts";
import { lineageCounts } from "../../lineage/counts.ts";
import type { Connection } from "../connection.ts";
import { accountWriter } from "./accounts.ts";
import { hostTables } from "./hosts.ts";
import { logonTables } from "./logon-tables.ts";
import { processTables } from "./process-tables.ts";

/** The tables of lineage within one write transaction. */
export function lineageTables(connection: Connection): LineageTables {
  const counts = lineageCounts();
  const saveAccount = accountWriter(connection);
  return {
    ...processTables(connection, counts, saveAccount),
    ...logonTables(connection, counts, saveAccount),
    ...hostTables(connection),
  };
}

import type { SnapshotWriter } from "../../snapshot/port.ts";
import { putAuditRecord } from "../audit/audit.ts";
import type { Connection } from "../connection.ts";
import { userKeeper } from "../lineage/counts.ts";

/** Puts back what other writers would give a new number, hash or name. */
export function snapshotWriter(connection: Connection): SnapshotWriter {
  return {
    async accounts(accounts) {
      const keep = userKeeper(connection);
      for (const account of accounts) {
        keep(account);
      }
    },
    async alertAliases(aliases) {
      for (const { oldId, id } of aliases) {
        connection.prepare("INSERT INTO alert_aliases (old_id, id) VALUES (?, ?)").run(oldId, id);
      }
    },
    async audit(records) {
      for (const record of records) {
        putAuditRecord(connection, record);
      }
    },
  };
}

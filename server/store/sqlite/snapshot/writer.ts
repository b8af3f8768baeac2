import type { SnapshotWriter } from "../../snapshot/port.ts";
import { putAuditRecord, type TrailEnd } from "../audit/writer.ts";
import type { Connection } from "../connection.ts";
import { accountWriter } from "../lineage/accounts.ts";

export function snapshotWriter(connection: Connection, end: TrailEnd): SnapshotWriter {
  return {
    async accounts(accounts) {
      const save = accountWriter(connection);
      for (const account of accounts) {
        save(account);
      }
    },
    async alertAliases(aliases) {
      for (const { oldId, id } of aliases) {
        connection.prepare("INSERT INTO alert_aliases (old_id, id) VALUES (?, ?)").run(oldId, id);
      }
    },
    async audit(records) {
      for (const record of records) {
        putAuditRecord(connection, record, end);
      }
    },
  };
}

import type { SnapshotWriter } from "../../snapshot/port.ts";
import { putAuditRecord } from "../audit/writer.ts";
import type { Writes } from "../connection.ts";
import { AccountWriter } from "../lineage/accounts.ts";

export function snapshotWriter(writes: Writes): SnapshotWriter {
  return {
    accounts: (accounts) => new AccountWriter(writes).save(accounts),
    async alertAliases(aliases) {
      writes.later("UNWIND $aliases AS alias CREATE (:AlertAlias {oldId: alias.oldId, id: alias.id})", {
        aliases: aliases.map(({ oldId, id }) => ({ oldId, id })),
      });
    },
    async audit(records) {
      for (const record of records) {
        putAuditRecord(writes, record);
      }
    },
  };
}

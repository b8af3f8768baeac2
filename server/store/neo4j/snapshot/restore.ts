import type { SnapshotWriter } from "../../snapshot/port.ts";
import { putAuditRecord } from "../audit/audit.ts";
import type { Writes } from "../connection.ts";
import { UserKeeper } from "../lineage/users.ts";

/** Puts back what other writers would give a new number, hash or name. */
export function snapshotWriter(writes: Writes): SnapshotWriter {
  return {
    accounts: (accounts) => new UserKeeper(writes).keep(accounts),
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

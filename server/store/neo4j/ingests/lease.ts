import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../../lib/result.ts";
import type { Connection, Queries } from "../connection.ts";
import type { DatabaseLocation } from "../problem.ts";

/** A lease expires this long after its holder last renewed it, in milliseconds. */
const LEASE = 15_000;
const RENEWAL_INTERVAL = 4_000;

const acquire = `
  MERGE (t:Turn {name: 'ingest'})
  SET t.asked = timestamp() // acquires the lock: what is read from here on does not change
  WITH t WHERE t.holder IS NULL OR t.holder = $holder OR t.until < timestamp()
  SET t.holder = $holder, t.until = timestamp() + $lease
  RETURN t.holder AS holder`;

const renew = "MATCH (t:Turn {name: 'ingest', holder: $holder}) SET t.until = timestamp() + $lease";
const release = "MATCH (t:Turn {name: 'ingest', holder: $holder}) REMOVE t.holder, t.until";

/**
 * Acquires the lease to ingest: one holder at a time across all processes on the database, renewed while the holder
 * lives. Only the server's clock counts. A holder cut off for longer than the lease may find that another process has
 * acquired it.
 */
export async function acquireIngestLease(
  connection: Connection,
  location: DatabaseLocation,
): Promise<Result<{ release(): Promise<void> }, Problem>> {
  const holder = crypto.randomUUID();
  const acquired = await connection.writing.run(acquire, { holder, lease: LEASE });
  if (acquired.length === 0) {
    return fail({
      code: "store.ingest-running",
      message: "another ingest is writing to this database",
      at: { file: location.address },
      remedy: "Wait until it has finished, or stop it: everything it has acknowledged is saved.",
    });
  }
  const renewal = setInterval(() => {
    // A failed renewal does no harm: the next one comes before the lease expires, and the ingest itself notices a lost
    // server.
    connection.writing.run(renew, { holder, lease: LEASE }).catch(() => undefined);
  }, RENEWAL_INTERVAL);
  renewal.unref();
  return ok({
    async release() {
      clearInterval(renewal);
      // If the server is gone, the lease expires by itself.
      await connection.writing.run(release, { holder }).catch(() => undefined);
    },
  });
}

/** Whether some process holds the lease now. */
export async function isIngesting(queries: Queries): Promise<boolean> {
  const rows = await queries.run(
    "MATCH (t:Turn {name: 'ingest'}) WHERE t.holder IS NOT NULL AND t.until >= timestamp() RETURN t.until AS until",
  );
  return rows.length > 0;
}

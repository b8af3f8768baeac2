import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../../lib/result.ts";
import type { Connection, Queries } from "../connection.ts";
import type { Place } from "../problem.ts";

/** A turn to ingest ends by itself this long after its holder was heard of last, in milliseconds. */
const LEASE = 15_000;
const HEARTBEAT = 4_000;

const take = `
  MERGE (t:Turn {name: 'ingest'})
  SET t.asked = timestamp() // takes the lock: what is read from here on stays as it is
  WITH t WHERE t.holder IS NULL OR t.holder = $holder OR t.until < timestamp()
  SET t.holder = $holder, t.until = timestamp() + $lease
  RETURN t.holder AS holder`;

const extend = "MATCH (t:Turn {name: 'ingest', holder: $holder}) SET t.until = timestamp() + $lease";
const give = "MATCH (t:Turn {name: 'ingest', holder: $holder}) REMOVE t.holder, t.until";

/**
 * The turn to ingest, one at a time among all processes on the database: a lease that its holder extends while it lives. By
 * the server's clock alone. A holder that was cut off for longer than the lease may find that another has it by then.
 */
export async function acquireIngestLease(
  connection: Connection,
  place: Place,
): Promise<Result<{ release(): Promise<void> }, Problem>> {
  const holder = crypto.randomUUID();
  const taken = await connection.writing.run(take, { holder, lease: LEASE });
  if (taken.length === 0) {
    return fail({
      code: "store.ingest-running",
      message: "another ingest is writing to this database",
      at: { file: place.address },
      remedy: "Wait until it has finished, or stop it: what it has acknowledged is kept.",
    });
  }
  const beat = setInterval(() => {
    // A lost beat is no harm: the next one comes before the lease ends, and the ingest itself sees a server that is gone.
    connection.writing.run(extend, { holder, lease: LEASE }).catch(() => undefined);
  }, HEARTBEAT);
  beat.unref();
  return ok({
    async release() {
      clearInterval(beat);
      // Where the server is gone the lease ends by itself.
      await connection.writing.run(give, { holder }).catch(() => undefined);
    },
  });
}

/** Whether someone ingests right now. */
export async function isIngesting(queries: Queries): Promise<boolean> {
  const rows = await queries.run(
    "MATCH (t:Turn {name: 'ingest'}) WHERE t.holder IS NOT NULL AND t.until >= timestamp() RETURN t.until AS until",
  );
  return rows.length > 0;
}

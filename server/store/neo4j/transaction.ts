import type { StoreTransaction } from "../port.ts";
import { alertWriter } from "./alerts/writer.ts";
import { auditWriter } from "./audit/writer.ts";
import { batchWriter } from "./batches/adapter.ts";
import type { Connection, Writes, WriteTransaction } from "./connection.ts";
import { deliveryWriter } from "./deliveries/adapter.ts";
import { engineStateWriter } from "./engine-state/adapter.ts";
import { eventWriter } from "./events/writer.ts";
import { exceptionWriter } from "./exceptions/adapter.ts";
import { failureOf, isLost } from "./failure.ts";
import { incidentWriter } from "./incidents/adapter.ts";
import { ingestWriter } from "./ingests/adapter.ts";
import { lineageTables } from "./lineage/tables.ts";
import { peopleWriter } from "./people/writer.ts";
import { asStoreFailure, type DatabaseLocation, unknownOutcome, withStoreFailures } from "./problem.ts";
import { proposalWriter } from "./proposals/adapter.ts";
import { optionalNumber } from "./row.ts";
import { ruleVersionWriter } from "./rule-versions/adapter.ts";
import { savedViewWriter } from "./saved-views/adapter.ts";
import { settingsWriter } from "./settings/adapter.ts";
import { snapshotWriter } from "./snapshot/writer.ts";
import { triageWriter } from "./triage/adapter.ts";
import { valueListWriter } from "./value-lists/adapter.ts";

/** Identifies a write, to find out whether its commit succeeded if the acknowledgement is lost. */
export interface WriteId {
  readonly writer: string;
  /** Ascending per writer. */
  readonly number: number;
}

/**
 * Acquires the lock that serializes the writers of all processes. The transaction holds it until it ends, however it
 * ends. See docs/decisions/0018.
 */
const acquireWriteLock = `
  MERGE (t:Turn {name: 'write'})
  SET t.writer = $writer
  WITH t SET t.writes = coalesce(t.writes, 0) + 1
  MERGE (w:Writer {id: $writer}) SET w.write = $number, w.at = timestamp()`;

/** Runs one write: `work` is executed once, whatever happens to the connection. */
export async function inTransaction<T>(
  connection: Connection,
  location: DatabaseLocation,
  id: WriteId,
  work: (transaction: StoreTransaction) => Promise<T>,
): Promise<T> {
  const transaction = await begin(connection, location, id);
  let result: T;
  try {
    result = await work(writersOf({ ...withStoreFailures(transaction, location), later: transaction.later }));
    await transaction.executed();
  } catch (error) {
    await transaction.rollback();
    throw asStoreFailure(error, location);
  }
  try {
    await transaction.commit();
  } catch (error) {
    if (!(failureOf(error)?.transient === true && (await wasCommitted(connection, location, id)))) {
      throw asStoreFailure(error, location);
    }
  }
  return result;
}

/** Nothing has happened before the lock is held, so all of this can be retried. */
async function begin(connection: Connection, location: DatabaseLocation, id: WriteId): Promise<WriteTransaction> {
  try {
    return await connection.retried(async () => {
      const transaction = await connection.begin();
      try {
        await transaction.run(acquireWriteLock, { ...id });
        return transaction;
      } catch (error) {
        await transaction.rollback();
        throw error;
      }
    });
  } catch (error) {
    throw asStoreFailure(error, location);
  }
}

/**
 * Whether the transaction was committed although its acknowledgement was lost. Throws `StoreFailure` if the server does
 * not tell.
 */
async function wasCommitted(connection: Connection, location: DatabaseLocation, id: WriteId): Promise<boolean> {
  try {
    // Not on a replica, which may lag behind. Writing to the node waits for a transaction that has not ended yet: the
    // commit may still be on its way.
    const [row] = await connection.writing.run(
      "MATCH (w:Writer {id: $writer}) SET w.at = timestamp() RETURN w.write AS write",
      { writer: id.writer },
    );
    return row !== undefined && optionalNumber(row, "write") === id.number;
  } catch (error) {
    throw isLost(failureOf(error) ?? { code: "" }) ? unknownOutcome(location) : asStoreFailure(error, location);
  }
}

function writersOf(writes: Writes): StoreTransaction {
  return {
    events: eventWriter(writes),
    lineage: lineageTables(writes),
    alerts: alertWriter(writes),
    triage: triageWriter(writes),
    proposals: proposalWriter(writes),
    incidents: incidentWriter(writes),
    batches: batchWriter(writes),
    savedViews: savedViewWriter(writes),
    valueLists: valueListWriter(writes),
    deliveries: deliveryWriter(writes),
    exceptions: exceptionWriter(writes),
    audit: auditWriter(writes),
    ingests: ingestWriter(writes),
    engineState: engineStateWriter(writes),
    settings: settingsWriter(writes),
    ruleVersions: ruleVersionWriter(writes),
    people: peopleWriter(writes),
    restore: snapshotWriter(writes),
  };
}

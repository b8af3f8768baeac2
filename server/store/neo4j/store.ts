import { setTimeout } from "node:timers/promises";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { Store, StoreTransaction } from "../port.ts";
import { alertReader, alertWriter } from "./alerts/alerts.ts";
import { auditAppender, auditReader } from "./audit/audit.ts";
import {
  type Connection,
  type Credentials,
  connect,
  failureOf,
  number,
  type Queries,
  type Writes,
} from "./connection.ts";
import { engineStateReader, engineStateWriter } from "./engine-state/engine-state.ts";
import { eventAppender } from "./events/append.ts";
import { eventReader } from "./events/events.ts";
import { exceptionReader, exceptionWriter } from "./exceptions/exceptions.ts";
import { ingestReader, putIngest } from "./ingests/ingests.ts";
import { acquireIngestLease } from "./ingests/lease.ts";
import { lineageReader } from "./lineage/reader.ts";
import { lineageTables } from "./lineage/tables.ts";
import { openNeo4j } from "./open.ts";
import { asStoreFailure, type Place } from "./problem.ts";
import { ruleVersionReader, ruleVersionWriter } from "./rule-versions/rule-versions.ts";
import { settingsReader, settingsWriter } from "./settings/settings.ts";
import { snapshotWriter } from "./snapshot/restore.ts";
import { snapshotReader } from "./snapshot/sections.ts";
import { triageReader, triageWriter } from "./triage/triage.ts";

/** How long a write tries to begin, and then to learn whether it was kept, while the server does not answer, in milliseconds. */
const PATIENCE = 10_000;
const RETRY = 250;

export interface Neo4jOptions {
  /** Left out: the user's home database. */
  readonly database?: string;
  readonly readOnly?: boolean;
}

/**
 * The store in a Neo4j database, which any number of processes may share: writes of all of them follow one another, reads see
 * what was committed, on replicas soon after. `address` is `neo4j://…` or `bolt://…`, with `+s` for TLS.
 */
export async function openNeo4jStore(
  address: string,
  credentials: Credentials,
  options: Neo4jOptions = {},
): Promise<Result<Store, Problem>> {
  const place: Place = { address, database: options.database };
  const writer = crypto.randomUUID();
  const connection = connect(address, credentials, options.database);
  const refused = await openNeo4j(connection, place, { readOnly: options.readOnly ?? false, writer });
  if (refused !== undefined) {
    await connection.close();
    return fail(refused);
  }
  const reading = telling(connection.reading, place);
  let last: Promise<unknown> = Promise.resolve();
  let writes = 0;
  const store: Store = {
    description: `Neo4j ${address}${options.database === undefined ? "" : ` (${options.database})`}`,
    events: eventReader(reading),
    lineage: lineageReader(reading),
    alerts: alertReader(reading),
    triage: triageReader(reading),
    exceptions: exceptionReader(reading),
    audit: auditReader(reading),
    ingests: ingestReader(reading),
    engineState: engineStateReader(reading),
    settings: settingsReader(reading),
    ruleVersions: ruleVersionReader(reading),
    snapshot: snapshotReader(reading),
    async ingestLease() {
      try {
        return await acquireIngestLease(connection, place);
      } catch (error) {
        throw asStoreFailure(error, place);
      }
    },
    write(work) {
      if (options.readOnly === true) {
        return Promise.reject(new Error("the store was opened for reading only"));
      }
      writes += 1;
      const name: WriteName = { writer, number: writes };
      const turn = last.then(() => inTransaction(connection, place, name, work));
      last = turn.catch(() => undefined);
      return turn;
    },
    async close() {
      await last;
      await connection.close();
    },
  };
  return ok(store);
}

/** Tells a write from all others: a commit whose answer got lost is looked for by it. */
interface WriteName {
  readonly writer: string;
  /** Ascending per writer. */
  readonly number: number;
}

/** Takes the lock that writers of all processes wait for; it is held until the transaction ends, however it ends. */
const begin = `
  MERGE (t:Turn {name: 'write'})
  SET t.writer = $writer
  WITH t SET t.writes = coalesce(t.writes, 0) + 1
  MERGE (w:Writer {id: $writer}) SET w.write = $number, w.at = timestamp()`;

async function inTransaction<T>(
  connection: Connection,
  place: Place,
  name: WriteName,
  work: (transaction: StoreTransaction) => Promise<T>,
): Promise<T> {
  const transaction = await begun(connection, place, name);
  let result: T;
  try {
    result = await work(writersOf({ ...telling(transaction, place), later: transaction.later }));
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
  try {
    await transaction.commit();
  } catch (error) {
    if (!(failureOf(error)?.transient === true && (await wasKept(connection, place, name)))) {
      throw asStoreFailure(error, place);
    }
  }
  return result;
}

/** Begins a write. Nothing has happened yet, so it is tried again while that may help. */
async function begun(connection: Connection, place: Place, name: WriteName) {
  for (const since = Date.now(); ; ) {
    try {
      const transaction = await connection.begin();
      try {
        await transaction.run(begin, { ...name });
        return transaction;
      } catch (error) {
        await transaction.rollback();
        throw error;
      }
    } catch (error) {
      if (failureOf(error)?.transient !== true || Date.now() - since > PATIENCE) {
        throw asStoreFailure(error, place);
      }
      await setTimeout(RETRY);
    }
  }
}

/** Whether a commit took place whose answer was lost with the connection. */
async function wasKept(connection: Connection, place: Place, { writer, number: asked }: WriteName): Promise<boolean> {
  try {
    // Asked where writes go: a replica may not have heard of it yet.
    const [row] = await connection.writing.run("MATCH (w:Writer {id: $writer}) RETURN w.write AS write", { writer });
    return row !== undefined && number(row, "write") === asked;
  } catch (error) {
    throw asStoreFailure(error, place);
  }
}

function writersOf(writes: Writes): StoreTransaction {
  return {
    events: { append: eventAppender(writes) },
    lineage: lineageTables(writes),
    alerts: alertWriter(writes),
    triage: triageWriter(writes),
    exceptions: exceptionWriter(writes),
    audit: { append: auditAppender(writes) },
    ingests: { put: async (summary) => putIngest(writes, summary) },
    engineState: engineStateWriter(writes),
    settings: settingsWriter(writes),
    ruleVersions: ruleVersionWriter(writes),
    restore: snapshotWriter(writes),
  };
}

/** Failures of Neo4j come as `StoreFailure`, with what to do about them. */
function telling(queries: Queries, place: Place): Queries {
  return {
    async run(cypher, parameters) {
      try {
        return await queries.run(cypher, parameters);
      } catch (error) {
        throw asStoreFailure(error, place);
      }
    },
  };
}

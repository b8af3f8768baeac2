import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { UnpackedSegments } from "../events/unpacked-segments.ts";
import { StoreFailure } from "../failure.ts";
import type { OpenOptions, Store } from "../port.ts";
import { alertQueue, alertReader } from "./alerts/reader.ts";
import { auditReader } from "./audit/reader.ts";
import { batchReader } from "./batches/adapter.ts";
import { changesReader } from "./changes/reader.ts";
import { type Credentials, connect } from "./connection.ts";
import { deliveryReader } from "./deliveries/adapter.ts";
import { engineStateReader } from "./engine-state/adapter.ts";
import { eventReader } from "./events/reader.ts";
import { exceptionReader } from "./exceptions/adapter.ts";
import { storeFigures } from "./figures.ts";
import { findReader } from "./find/reader.ts";
import { incidentReader } from "./incidents/adapter.ts";
import { ingestReader } from "./ingests/adapter.ts";
import { acquireIngestLease } from "./ingests/lease.ts";
import { integrityReader } from "./integrity/reader.ts";
import { storedAccounts } from "./lineage/accounts.ts";
import { lineageReader } from "./lineage/reader.ts";
import { openNeo4j } from "./open.ts";
import { peopleReader } from "./people/reader.ts";
import { asStoreFailure, type DatabaseLocation, readOnlyProblem, withStoreFailures } from "./problem.ts";
import { proposalReader } from "./proposals/adapter.ts";
import { combinedReads, type Reads, separateReads } from "./reads.ts";
import { ruleVersionReader } from "./rule-versions/adapter.ts";
import { savedViewReader } from "./saved-views/adapter.ts";
import { settingsReader } from "./settings/adapter.ts";
import { snapshotReader } from "./snapshot/reader.ts";
import { inTransaction } from "./transaction.ts";
import { triageReader } from "./triage/adapter.ts";
import { valueListReader } from "./value-lists/adapter.ts";
import { sharedWatchers } from "./watchers/adapter.ts";
import { writeQueue } from "./write-queue.ts";

export interface Neo4jOptions extends OpenOptions {
  /** Without it: the home database of the user. */
  readonly database?: string;
}

/** Every statement is a round trip, so fewer and larger writes than in a file. */
const WRITE_SIZE = 8_000;

/**
 * Opens the store in a Neo4j database, which any number of processes can share. Their writes are serialized; reads see
 * what was committed, on replicas shortly after. `address` is `neo4j://…` or `bolt://…`, with `+s` for TLS.
 */
export async function openNeo4jStore(
  address: string,
  credentials: Credentials,
  options: Neo4jOptions = {},
): Promise<Result<Store, Problem>> {
  const location: DatabaseLocation = { address, database: options.database };
  const writer = crypto.randomUUID();
  const connection = connect(address, credentials, options.database);
  const problem = await openNeo4j(connection, location, { readOnly: options.readOnly ?? false, writer });
  if (problem !== undefined) {
    await connection.close();
    return fail(problem);
  }
  const reading = withStoreFailures(connection.reading, location, options.beforeRead);
  const segments = new UnpackedSegments();
  const accounts = storedAccounts(reading);
  const queue = alertQueue(reading, () => accounts());
  const readers = (reads: Reads) => ({
    events: eventReader(reading, reads, segments),
    lineage: lineageReader(reading, reads, accounts),
    alerts: alertReader(reading, reads, queue),
  });
  const writes = writeQueue();
  const store: Store = {
    description: `Neo4j ${address}${options.database === undefined ? "" : ` (${options.database})`}`,
    writeSize: WRITE_SIZE,
    ...readers(separateReads(reading)),
    together: () => readers(combinedReads(reading)),
    triage: triageReader(reading),
    proposals: proposalReader(reading),
    incidents: incidentReader(reading),
    batches: batchReader(reading),
    savedViews: savedViewReader(reading),
    valueLists: valueListReader(reading),
    deliveries: deliveryReader(reading),
    exceptions: exceptionReader(reading),
    audit: auditReader(reading),
    changes: changesReader(reading, writer),
    watchers: sharedWatchers(
      reading,
      options.readOnly === true ? undefined : withStoreFailures(connection.writing, location),
      writer,
    ),
    ingests: ingestReader(reading),
    engineState: engineStateReader(reading),
    settings: settingsReader(reading),
    ruleVersions: ruleVersionReader(reading),
    people: peopleReader(reading),
    find: findReader(reading),
    snapshot: snapshotReader(reading),
    integrity: integrityReader(reading),
    figures: () => storeFigures(reading),
    async ingestLease() {
      try {
        return await acquireIngestLease(connection, location);
      } catch (error) {
        throw asStoreFailure(error, location);
      }
    },
    write(work) {
      if (options.readOnly === true) {
        return Promise.reject(new StoreFailure(readOnlyProblem));
      }
      return writes.run((number) => inTransaction(connection, location, { writer, number }, work));
    },
    async close() {
      await writes.ended();
      await connection.close();
    },
  };
  return ok(store);
}

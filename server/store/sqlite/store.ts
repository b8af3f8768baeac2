import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { StoreFailure } from "../failure.ts";
import type { OpenOptions, Store, StoreTransaction } from "../port.ts";
import { rankIncidents } from "./alerts/ranks.ts";
import { alertReader } from "./alerts/reader.ts";
import { alertWriter } from "./alerts/writer.ts";
import { AuditAnchor } from "./audit/anchor.ts";
import { auditHead, auditReader } from "./audit/reader.ts";
import { auditWriter, putAuditHead, type TrailEnd } from "./audit/writer.ts";
import { batchReader, batchWriter } from "./batches/adapter.ts";
import { changesReader } from "./changes/reader.ts";
import type { Connection } from "./connection.ts";
import { openDatabase } from "./database.ts";
import { deliveryReader, deliveryWriter } from "./deliveries/adapter.ts";
import { engineStateReader, engineStateWriter } from "./engine-state/adapter.ts";
import { eventReader } from "./events/reader.ts";
import { eventWriter } from "./events/writer.ts";
import { exceptionReader, exceptionWriter } from "./exceptions/adapter.ts";
import { storeFigures } from "./figures.ts";
import { findReader } from "./find/reader.ts";
import { incidentReader, incidentWriter } from "./incidents/adapter.ts";
import { ingestReader, ingestWriter } from "./ingests/adapter.ts";
import { integrityReader } from "./integrity/reader.ts";
import { lineageReader } from "./lineage/reader.ts";
import { lineageTables } from "./lineage/tables.ts";
import { acquireLock, isHeld } from "./lock.ts";
import { peopleReader } from "./people/reader.ts";
import { peopleWriter } from "./people/writer.ts";
import { asStoreFailure, readOnlyProblem, withStoreFailures } from "./problem.ts";
import { proposalReader, proposalWriter } from "./proposals/adapter.ts";
import { ruleVersionReader, ruleVersionWriter } from "./rule-versions/adapter.ts";
import { savedViewReader, savedViewWriter } from "./saved-views/adapter.ts";
import { settingsReader, settingsWriter } from "./settings/adapter.ts";
import { snapshotReader } from "./snapshot/reader.ts";
import { snapshotWriter } from "./snapshot/writer.ts";
import { triageReader, triageWriter } from "./triage/adapter.ts";
import { valueListReader, valueListWriter } from "./value-lists/adapter.ts";
import { nobodyElsewhere } from "./watchers/adapter.ts";
import { WriteTurn } from "./write-turn.ts";

/**
 * A write keeps all others waiting, also those of other processes: an ingest splits its work so that each takes about
 * 50 ms.
 */
const WRITE_SIZE = 1_000;
/**
 * Pages in the log at which whoever writes much copies them into the database: half of what the others wait for,
 * because that takes up to a second, in which a server would answer nobody.
 */
const EARLY_CHECKPOINT = 16_000;

/**
 * Opens the store in one SQLite file. Readers see only what was committed; a write is one transaction, durable when its
 * promise resolves. `readOnly` needs an existing file with a current schema and works while other processes write.
 */
export async function openSqliteStore(path: string, options: OpenOptions = {}): Promise<Result<Store, Problem>> {
  const opened = openDatabase(path, { readOnly: options.readOnly ?? false });
  if (!opened.ok) {
    return fail(opened.error);
  }
  const { writer, close } = opened.value;
  const reader = withStoreFailures(opened.value.reader, path, options.beforeRead);
  const turn = writer === undefined ? undefined : new WriteTurn(path, writer);
  const anchor = new AuditAnchor(path);
  if (writer !== undefined) {
    beginNotes(writer, anchor, opened.value.isNew);
  }
  if (options.writesMuch === true) {
    writer?.execute(`PRAGMA wal_autocheckpoint = ${EARLY_CHECKPOINT}`);
  }
  let lastWrite: Promise<unknown> = Promise.resolve();
  let waitingWrites = 0;
  const lineage = lineageReader(reader);
  const readers = { events: eventReader(reader), lineage, alerts: alertReader(reader, lineage.accounts) };
  const store: Store = {
    description: `SQLite ${path}`,
    writeSize: WRITE_SIZE,
    ...readers,
    together: () => readers,
    triage: triageReader(reader),
    proposals: proposalReader(reader),
    incidents: incidentReader(reader),
    batches: batchReader(reader),
    savedViews: savedViewReader(reader),
    valueLists: valueListReader(reader),
    deliveries: deliveryReader(reader),
    exceptions: exceptionReader(reader),
    audit: auditReader(reader, anchor),
    changes: changesReader(reader),
    watchers: nobodyElsewhere,
    ingests: ingestReader(reader, () => isHeld(path, "ingest")),
    engineState: engineStateReader(reader),
    settings: settingsReader(reader),
    ruleVersions: ruleVersionReader(reader),
    people: peopleReader(reader),
    find: findReader(reader),
    snapshot: snapshotReader(reader),
    integrity: integrityReader(reader, path),
    figures: async () => storeFigures(reader, path),
    async ingestLease() {
      const lock = acquireLock(path, "ingest");
      if (!lock.ok) {
        return lock;
      }
      writer?.execute(`PRAGMA wal_autocheckpoint = ${EARLY_CHECKPOINT}`);
      return ok({
        async release() {
          writer?.execute("PRAGMA wal_checkpoint(PASSIVE)");
          lock.value.release();
        },
      });
    },
    write(work) {
      if (writer === undefined || turn === undefined) {
        return Promise.reject(new StoreFailure(readOnlyProblem(path)));
      }
      waitingWrites += 1;
      const result = lastWrite.then(async () => {
        waitingWrites -= 1;
        await turn.begin(() => waitingWrites > 0);
        return inTransaction(path, writer, anchor, work);
      });
      lastWrite = result.catch(() => undefined);
      return result;
    },
    async close() {
      await lastWrite;
      turn?.close();
      close();
    },
  };
  return ok(store);
}

/** Notes the end of a trail that was begun before it was noted, and that the trail of a new database is another one. */
function beginNotes(connection: Connection, anchor: AuditAnchor, isNew: boolean): void {
  const { isKept } = anchor.noted();
  const head = auditHead(connection);
  if (isNew && isKept) {
    anchor.restart("new", Date.now());
  } else if (!isKept && head !== undefined) {
    anchor.note(head, Date.now());
  }
}

/** Runs `work` in the transaction that was begun, and ends it. */
async function inTransaction<T>(
  path: string,
  connection: Connection,
  anchor: AuditAnchor,
  work: (transaction: StoreTransaction) => Promise<T>,
): Promise<T> {
  const end: TrailEnd = {};
  try {
    const result = await work({
      events: eventWriter(connection),
      lineage: lineageTables(connection),
      alerts: alertWriter(connection),
      triage: triageWriter(connection),
      proposals: proposalWriter(connection),
      incidents: incidentWriter(connection),
      batches: batchWriter(connection),
      savedViews: savedViewWriter(connection),
      valueLists: valueListWriter(connection),
      deliveries: deliveryWriter(connection),
      exceptions: exceptionWriter(connection),
      audit: auditWriter(connection, end),
      ingests: ingestWriter(connection),
      engineState: engineStateWriter(connection),
      settings: settingsWriter(connection),
      ruleVersions: ruleVersionWriter(connection),
      people: peopleWriter(connection),
      restore: snapshotWriter(connection, end),
    });
    rankIncidents(connection);
    if (end.head !== undefined) {
      putAuditHead(connection, end.head);
    }
    connection.execute("COMMIT");
    if (end.head !== undefined) {
      anchor.note(end.head, Date.now(), end.acceptsTrail === true ? "accepted" : undefined);
    }
    return result;
  } catch (error) {
    rollback(connection);
    throw asStoreFailure(error, path);
  }
}

function rollback(connection: Connection): void {
  try {
    connection.execute("ROLLBACK");
  } catch {
    // SQLite already rolled back by itself (disk full, I/O error). The error that led here is the one to report.
  }
}

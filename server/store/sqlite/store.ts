import { setTimeout } from "node:timers/promises";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { StoreFailure } from "../failure.ts";
import type { OpenOptions, Store, StoreTransaction } from "../port.ts";
import { alertReader } from "./alerts/reader.ts";
import { alertWriter } from "./alerts/writer.ts";
import { auditReader } from "./audit/reader.ts";
import { auditWriter } from "./audit/writer.ts";
import { type Connection, isBusy } from "./connection.ts";
import { openDatabase } from "./database.ts";
import { engineStateReader, engineStateWriter } from "./engine-state/adapter.ts";
import { eventReader } from "./events/reader.ts";
import { eventWriter } from "./events/writer.ts";
import { exceptionReader, exceptionWriter } from "./exceptions/adapter.ts";
import { ingestReader, ingestWriter } from "./ingests/adapter.ts";
import { lineageReader } from "./lineage/reader.ts";
import { lineageTables } from "./lineage/tables.ts";
import { acquireLock, isLocked } from "./lock.ts";
import { peopleReader } from "./people/reader.ts";
import { peopleWriter } from "./people/writer.ts";
import { asStoreFailure, sqliteProblem, withStoreFailures } from "./problem.ts";
import { proposalReader, proposalWriter } from "./proposals/adapter.ts";
import { ruleVersionReader, ruleVersionWriter } from "./rule-versions/adapter.ts";
import { settingsReader, settingsWriter } from "./settings/adapter.ts";
import { snapshotReader } from "./snapshot/reader.ts";
import { snapshotWriter } from "./snapshot/writer.ts";
import { triageReader, triageWriter } from "./triage/adapter.ts";

/**
 * How long a write waits for another process that is writing to the same file (an ingest during a server), in
 * milliseconds.
 */
const WRITE_TIMEOUT = 60_000;
const RETRY_INTERVAL = 20;

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
  let lastWrite: Promise<unknown> = Promise.resolve();
  const store: Store = {
    description: `SQLite ${path}`,
    events: eventReader(reader),
    lineage: lineageReader(reader),
    alerts: alertReader(reader),
    triage: triageReader(reader),
    proposals: proposalReader(reader),
    exceptions: exceptionReader(reader),
    audit: auditReader(reader),
    ingests: ingestReader(reader, () => isLocked(path, "ingest")),
    engineState: engineStateReader(reader),
    settings: settingsReader(reader),
    ruleVersions: ruleVersionReader(reader),
    people: peopleReader(reader),
    snapshot: snapshotReader(reader),
    async ingestLease() {
      const lock = acquireLock(path, "ingest");
      return lock.ok ? ok({ release: async () => lock.value.release() }) : lock;
    },
    write(work) {
      if (writer === undefined) {
        return Promise.reject(new Error("the store was opened read-only"));
      }
      const result = lastWrite.then(() => inTransaction(path, writer, work));
      lastWrite = result.catch(() => undefined);
      return result;
    },
    async close() {
      await lastWrite;
      close();
    },
  };
  return ok(store);
}

async function inTransaction<T>(
  path: string,
  connection: Connection,
  work: (transaction: StoreTransaction) => Promise<T>,
): Promise<T> {
  await begin(path, connection);
  try {
    const result = await work({
      events: eventWriter(connection),
      lineage: lineageTables(connection),
      alerts: alertWriter(connection),
      triage: triageWriter(connection),
      proposals: proposalWriter(connection),
      exceptions: exceptionWriter(connection),
      audit: auditWriter(connection),
      ingests: ingestWriter(connection),
      engineState: engineStateWriter(connection),
      settings: settingsWriter(connection),
      ruleVersions: ruleVersionWriter(connection),
      people: peopleWriter(connection),
      restore: snapshotWriter(connection),
    });
    connection.execute("COMMIT");
    return result;
  } catch (error) {
    rollback(connection);
    throw asStoreFailure(error, path);
  }
}

/** Begins a transaction. If another process is writing, waits for its commit without blocking this process. */
async function begin(path: string, connection: Connection): Promise<void> {
  for (let waited = 0; ; waited += RETRY_INTERVAL) {
    try {
      connection.execute("BEGIN IMMEDIATE");
      return;
    } catch (error) {
      if (!isBusy(error) || waited >= WRITE_TIMEOUT) {
        throw new StoreFailure(sqliteProblem(error, path));
      }
      await setTimeout(RETRY_INTERVAL);
    }
  }
}

function rollback(connection: Connection): void {
  try {
    connection.execute("ROLLBACK");
  } catch {
    // SQLite already rolled back by itself (disk full, I/O error). The error that led here is the one to report.
  }
}

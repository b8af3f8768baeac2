import { setTimeout } from "node:timers/promises";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { StoreFailure } from "../failure.ts";
import type { Store, StoreTransaction } from "../port.ts";
import { alertReader, alertWriter } from "./alerts/alerts.ts";
import { appendAudit, auditReader } from "./audit/audit.ts";
import { type Connection, isBusy } from "./connection.ts";
import { asStoreFailure, openDatabase, openProblem, telling } from "./database.ts";
import { engineStateReader, engineStateWriter } from "./engine-state/engine-state.ts";
import { eventAppender } from "./events/append.ts";
import { eventReader } from "./events/events.ts";
import { exceptionReader, exceptionWriter } from "./exceptions/exceptions.ts";
import { ingestReader, putIngest } from "./ingests/ingests.ts";
import { lineageReader } from "./lineage/reader.ts";
import { lineageTables } from "./lineage/tables.ts";
import { acquireLock, isLocked } from "./lock.ts";
import { ruleVersionReader, ruleVersionWriter } from "./rule-versions/rule-versions.ts";
import { settingsReader, settingsWriter } from "./settings/settings.ts";
import { snapshotWriter } from "./snapshot/restore.ts";
import { snapshotReader } from "./snapshot/sections.ts";
import { triageReader, triageWriter } from "./triage/triage.ts";

/** How long a write waits for another process that writes to the same file (an ingest beside a server), in milliseconds. */
const WRITE_PATIENCE = 60_000;
const RETRY = 20;

/**
 * The store in one SQLite file. Readers see only what was committed; a write is one transaction and durable when its
 * promise resolves. `readOnly` needs a file that exists and is up to date, and can be had while others write.
 */
export async function openSqliteStore(
  path: string,
  options: { readonly readOnly?: boolean } = {},
): Promise<Result<Store, Problem>> {
  const opened = openDatabase(path, { readOnly: options.readOnly ?? false });
  if (!opened.ok) {
    return fail(opened.error);
  }
  const { writer, close } = opened.value;
  const reader = telling(opened.value.reader, path);
  let last: Promise<unknown> = Promise.resolve();
  const store: Store = {
    description: `SQLite ${path}`,
    events: eventReader(reader),
    lineage: lineageReader(reader),
    alerts: alertReader(reader),
    triage: triageReader(reader),
    exceptions: exceptionReader(reader),
    audit: auditReader(reader),
    ingests: ingestReader(reader, () => isLocked(path, "ingest")),
    engineState: engineStateReader(reader),
    settings: settingsReader(reader),
    ruleVersions: ruleVersionReader(reader),
    snapshot: snapshotReader(reader),
    async ingestLease() {
      const lock = acquireLock(path, "ingest");
      return lock.ok ? ok({ release: async () => lock.value.release() }) : lock;
    },
    write(work) {
      if (writer === undefined) {
        return Promise.reject(new Error("the store was opened for reading only"));
      }
      const turn = last.then(() => inTransaction(path, writer, work));
      last = turn.catch(() => undefined);
      return turn;
    },
    async close() {
      await last;
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
    const events = eventAppender(connection);
    const result = await work({
      events: { append: async (batches) => batches.map((packed) => events.append(packed)) },
      lineage: lineageTables(connection),
      alerts: alertWriter(connection),
      triage: triageWriter(connection),
      exceptions: exceptionWriter(connection),
      audit: { append: async (entry) => appendAudit(connection, entry) },
      ingests: { put: async (summary) => putIngest(connection, summary) },
      engineState: engineStateWriter(connection),
      settings: settingsWriter(connection),
      ruleVersions: ruleVersionWriter(connection),
      restore: snapshotWriter(connection),
    });
    connection.execute("COMMIT");
    return result;
  } catch (error) {
    rollback(connection);
    throw asStoreFailure(error, path);
  }
}

/** Another process may be writing: wait for its commit without holding up this process. */
async function begin(path: string, connection: Connection): Promise<void> {
  for (let waited = 0; ; waited += RETRY) {
    try {
      connection.execute("BEGIN IMMEDIATE");
      return;
    } catch (error) {
      if (!isBusy(error) || waited >= WRITE_PATIENCE) {
        throw new StoreFailure(openProblem(error, path));
      }
      await setTimeout(RETRY);
    }
  }
}

function rollback(connection: Connection): void {
  try {
    connection.execute("ROLLBACK");
  } catch {
    // SQLite has rolled back by itself (disk full, input/output error); the error that led here is the one to report.
  }
}

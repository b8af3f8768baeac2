import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { connect, isBusy } from "./connection.ts";

export interface Lock {
  release(): void;
}

/** What may be done once at a time on a database file; reading is never locked out. */
export type LockPurpose = "server" | "ingest";

const refusals: Record<LockPurpose, Pick<Problem, "code" | "message" | "remedy">> = {
  server: {
    code: "store.server-running",
    message: "another server is already running on this database",
    remedy: "Use the running one, stop it, or give this one its own file with --db.",
  },
  ingest: {
    code: "store.ingest-running",
    message: "another ingest is writing to this database",
    remedy: "Wait until it has finished, or stop it: what it has acknowledged is kept.",
  },
};

function lockFile(database: string, purpose: LockPurpose): string {
  return purpose === "server" ? `${database}.lock` : `${database}.${purpose}.lock`;
}

/**
 * Takes the lock or says who has it. An exclusive transaction on a sidecar file, never written to: the operating system
 * frees it when the process ends, however it ends, so no stale lock is ever left behind.
 */
export function acquireLock(database: string, purpose: LockPurpose): Result<Lock, Problem> {
  const file = lockFile(database, purpose);
  try {
    const connection = connect(file, { readOnly: false, busyTimeout: 0 });
    try {
      connection.execute("BEGIN EXCLUSIVE");
    } catch (error) {
      connection.close();
      throw error;
    }
    return ok({ release: () => connection.close() });
  } catch (error) {
    if (isBusy(error)) {
      return fail({ ...refusals[purpose], at: { file: database } });
    }
    return fail({
      code: "store.lock-failed",
      message: `the lock file cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      at: { file },
      remedy: "The folder of the database must be writable.",
    });
  }
}

/** Whether someone holds the lock right now. */
export function isLocked(database: string, purpose: LockPurpose): boolean {
  const lock = acquireLock(database, purpose);
  if (lock.ok) {
    lock.value.release();
  }
  return !lock.ok && lock.error.code === refusals[purpose].code;
}

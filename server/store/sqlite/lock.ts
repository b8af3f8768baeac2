import { existsSync } from "node:fs";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { connect, isBusy } from "./connection.ts";
import { messageOf } from "./problem.ts";

export interface Lock {
  release(): void;
}

/** What only one process at a time may do with a database file. Reads are never locked out. */
export type LockPurpose = "server" | "ingest";

const heldByAnother: Record<LockPurpose, Pick<Problem, "code" | "message" | "remedy">> = {
  server: {
    code: "store.server-running",
    message: "another server is already running on this database",
    remedy: "Use the running server, stop it, or start this one on another file with --db.",
  },
  ingest: {
    code: "store.ingest-running",
    message: "another ingest is writing to this database",
    remedy: "Wait until it has finished, or stop it: everything it has acknowledged is saved.",
  },
};

function lockFile(database: string, purpose: LockPurpose): string {
  return purpose === "server" ? `${database}.lock` : `${database}.${purpose}.lock`;
}

/**
 * Acquires the lock, or fails with the reason. The lock is an exclusive transaction on a sidecar file that is never
 * written to: the operating system releases it when the process ends, however it ends, so a stale lock cannot remain.
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
      return fail({ ...heldByAnother[purpose], at: { file: database } });
    }
    return fail({
      code: "store.lock-failed",
      message: `the lock file cannot be used: ${messageOf(error)}`,
      at: { file },
      remedy: "Make the folder of the database writable.",
    });
  }
}

/** Whether some process holds the lock now. Looking must not create a lock file. */
export function isHeld(database: string, purpose: LockPurpose): boolean {
  if (!existsSync(lockFile(database, purpose))) {
    return false;
  }
  const lock = acquireLock(database, purpose);
  if (lock.ok) {
    lock.value.release();
  }
  return !lock.ok && lock.error.code === heldByAnother[purpose].code;
}

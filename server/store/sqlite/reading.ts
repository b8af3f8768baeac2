import { statSync } from "node:fs";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { type Connection, connect, sqliteCode } from "./connection.ts";

const READ_ONLY = 8;
const CANNOT_OPEN = 14;

/**
 * Opens a database for reading. SQLite reads one with a write-ahead log only with two files beside it, which it cannot
 * create in a folder that is read-only. If the log is empty or absent, the file is complete without them. Otherwise the
 * last changes are in a log that cannot be read, and nothing is shown rather than less than there is.
 */
export function connectForReading(path: string): Result<Connection, Problem> {
  const connection = connect(path, { readOnly: true, busyTimeout: 5_000 });
  try {
    connection.prepare("SELECT count(*) FROM sqlite_schema").get();
    return ok(connection);
  } catch (error) {
    connection.close();
    const primary = (sqliteCode(error) ?? 0) & 0xff;
    if (primary !== CANNOT_OPEN && primary !== READ_ONLY) {
      throw error;
    }
    return logSize(path) > 0
      ? fail(unreadableLog(path))
      : ok(connect(path, { readOnly: true, busyTimeout: 5_000, immutable: true }));
  }
}

function logSize(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

function unreadableLog(path: string): Problem {
  return {
    code: "store.log-unreadable",
    message:
      "the last changes are in a write-ahead log (-wal) that cannot be read in a folder without write permission",
    at: { file: path },
    remedy: "Copy the file together with its -wal to a folder that you can write to, or ask its owner for a backup.",
  };
}

export function unreadable(path: string): Problem {
  return {
    code: "store.unreadable",
    message: "this user may not read the database file",
    at: { file: path },
    remedy: "Ask its owner for the right to read it, or for a copy: stemma backup FILE.",
  };
}

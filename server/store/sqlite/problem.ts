import type { RequestProblem } from "#contracts/problem";
import { StoreFailure } from "../failure.ts";
import { type Connection, isBusy, type Statement, sqliteCode } from "./connection.ts";

const NOT_A_DATABASE = 26;
const CORRUPT = 11;
const FULL = 13;
const READ_ONLY = 8;
/**
 * ERROR, CONSTRAINT, MISMATCH, MISUSE and RANGE: results of wrong statements or values, which are bugs in this code.
 */
const BUGS: readonly number[] = [1, 19, 20, 21, 25];

/** What an SQLite error means to a person, and what to do about it. */
export function sqliteProblem(error: unknown, path: string): RequestProblem {
  const at = { file: path };
  const code = sqliteCode(error);
  const primary = code === undefined ? undefined : code & 0xff;
  if (primary === NOT_A_DATABASE) {
    return {
      code: "store.not-a-database",
      message: "this file is not an SQLite database; it was not changed",
      at,
      remedy: "Choose another file with --db.",
    };
  }
  if (primary === CORRUPT) {
    return {
      code: "store.damaged",
      message: `the database is damaged: ${messageOf(error)}`,
      at,
      remedy: "Restore it from a backup, or ingest the captures again into a new file.",
    };
  }
  if (primary === FULL) {
    return {
      code: "store.disk-full",
      message: "the disk is full; the last change was not saved",
      at,
      remedy: "Free some disk space and try again.",
    };
  }
  if (primary === READ_ONLY) {
    return readOnlyProblem(path);
  }
  if (isBusy(error)) {
    return {
      code: "store.busy",
      message: "the database is locked by another process",
      at,
      remedy: "Try again when the other process has finished.",
    };
  }
  return {
    code: "store.failed",
    message: `the database cannot be used: ${messageOf(error)}`,
    at,
    remedy: "Check that the path is correct and that its folder is writable.",
  };
}

/** Why nothing can be written. */
export function readOnlyProblem(path: string): RequestProblem {
  return {
    code: "store.read-only",
    message: "the database is open read-only, or only readable here; nothing was changed",
    at: { file: path },
    remedy: "Use a user with write access to the file and its folder, or work on a copy: stemma backup FILE.",
  };
}

/** Wraps an SQLite error as a `StoreFailure`. Bugs and errors from elsewhere are returned unchanged. */
export function asStoreFailure(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  return code === undefined || BUGS.includes(code & 0xff) ? error : new StoreFailure(sqliteProblem(error, path));
}

/** A connection whose statements throw `StoreFailure`, and call `before` first. */
export function withStoreFailures(connection: Connection, path: string, before?: () => void): Connection {
  const attempt = <T>(work: () => T): T => {
    before?.();
    try {
      return work();
    } catch (error) {
      throw asStoreFailure(error, path);
    }
  };
  const wrapped = new WeakMap<Statement, Statement>();
  return {
    ...connection,
    prepare(sql) {
      const statement = attempt(() => connection.prepare(sql));
      const cached = wrapped.get(statement);
      if (cached !== undefined) {
        return cached;
      }
      const wrapper: Statement = {
        run: (...parameters) => attempt(() => statement.run(...parameters)),
        get: (...parameters) => attempt(() => statement.get(...parameters)),
        all: (...parameters) => attempt(() => statement.all(...parameters)),
      };
      wrapped.set(statement, wrapper);
      return wrapper;
    },
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

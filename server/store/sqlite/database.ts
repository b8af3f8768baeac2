import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Problem, RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { StoreFailure } from "../failure.ts";
import { type Connection, connect, isBusy, number, type Statement, sqliteCode } from "./connection.ts";
import { migrations } from "./migrations.ts";

/** Marks a SQLite file as one of ours ("STEM"). */
const APPLICATION_ID = 0x5354454d;
const NOT_A_DATABASE = 26;
const CORRUPT = 11;
const FULL = 13;
/** Codes of wrong statements and values: bugs of ours, which nobody can do anything about. ERROR, CONSTRAINT, MISMATCH, MISUSE, RANGE. */
const BUGS: readonly number[] = [1, 19, 20, 21, 25];
const schemaVersion = migrations.at(-1)?.number ?? 0;

/** One connection that writes and one that reads: a reader sees only what was committed. */
export interface Database {
  readonly path: string;
  readonly reader: Connection;
  /** Absent when opened for reading only. */
  readonly writer: Connection | undefined;
  close(): void;
}

/**
 * Opens the database file, creates it unless `readOnly`, and brings its schema up to date in one transaction. Refuses a
 * file that is no database of ours or that a newer version has written.
 */
export function openDatabase(path: string, options: { readonly readOnly: boolean }): Result<Database, Problem> {
  if (options.readOnly && !existsSync(path)) {
    return fail({
      code: "store.not-found",
      message: "there is no database yet",
      at: { file: path },
      remedy: "Run `stemma ingest PATH…` or `stemma serve` first, or name another file with --db.",
    });
  }
  const opened: Connection[] = [];
  const close = () => {
    for (const connection of opened.splice(0).reverse()) {
      connection.close();
    }
  };
  try {
    let writer: Connection | undefined;
    if (!options.readOnly) {
      mkdirSync(dirname(path), { recursive: true });
      writer = connect(path, { readOnly: false, busyTimeout: 5_000 });
      opened.push(writer);
      const refused = refusal(writer, path) ?? prepare(writer, path);
      if (refused !== undefined) {
        close();
        return fail(refused);
      }
    }
    // From here on waiting is asynchronous (`store.ts`): a driver that waits would hold up the whole process.
    writer?.execute("PRAGMA busy_timeout = 0");
    const reader = connect(path, { readOnly: true, busyTimeout: 5_000 });
    opened.push(reader);
    const refused = options.readOnly ? (refusal(reader, path) ?? outdated(reader, path)) : undefined;
    if (refused !== undefined) {
      close();
      return fail(refused);
    }
    // As much as SQLite maps: a page that the system has in memory is then read without a call and a copy.
    reader.execute("PRAGMA cache_size = -32768; PRAGMA mmap_size = 2147418112");
    return ok({ path, reader, writer, close });
  } catch (error) {
    close();
    return fail(openProblem(error, path));
  }
}

function refusal(connection: Connection, path: string): Problem | undefined {
  const application = pragma(connection, "application_id");
  const version = pragma(connection, "user_version");
  const tables = connection.prepare("SELECT count(*) AS tables FROM sqlite_schema").get();
  const empty = tables !== undefined && number(tables, "tables") === 0;
  if (!empty && application !== APPLICATION_ID) {
    return {
      code: "store.foreign",
      message: "this SQLite file was not written by Stemma; it is left untouched",
      at: { file: path },
      remedy: "Name another file with --db.",
    };
  }
  if (version > schemaVersion) {
    return {
      code: "store.newer-schema",
      message: `this database has schema ${version}; this version of Stemma knows ${schemaVersion}`,
      at: { file: path },
      remedy: "Use the newer version of Stemma that wrote it, or another file.",
    };
  }
  return undefined;
}

function outdated(connection: Connection, path: string): Problem | undefined {
  return pragma(connection, "user_version") === schemaVersion
    ? undefined
    : {
        code: "store.older-schema",
        message: "this database was written by an older version of Stemma and has not been brought up to date",
        at: { file: path },
        remedy: "Run `stemma serve` or `stemma ingest` once: they bring it up to date.",
      };
}

function prepare(writer: Connection, path: string): Problem | undefined {
  // A commit is durable when it returns: with WAL this takes FULL, NORMAL could lose the last ones on power loss.
  writer.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -131072");
  // Index pages are written again and again while many events come in: carry them over to the file less often.
  writer.execute("PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864");
  if (pragma(writer, "user_version") === schemaVersion) {
    return undefined;
  }
  writer.execute("BEGIN IMMEDIATE");
  try {
    // Read again under the lock: another process may have done it meanwhile.
    const from = pragma(writer, "user_version");
    for (const migration of migrations.filter((candidate) => candidate.number > from)) {
      writer.execute(migration.sql);
    }
    writer.execute(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${schemaVersion}; COMMIT`);
    return undefined;
  } catch (error) {
    writer.execute("ROLLBACK");
    return {
      code: "store.migration-failed",
      message: `the database could not be brought up to date and was left as it was: ${messageOf(error)}`,
      at: { file: path },
      remedy: "Make room on the disk or restore the file from a backup.",
    };
  }
}

function pragma(connection: Connection, name: "application_id" | "user_version"): number {
  const row = connection.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? 0 : number(row, name);
}

/** An error of SQLite as the failure of the store that it is; bugs and everything else stay what they are. */
export function asStoreFailure(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  return code === undefined || BUGS.includes(code & 0xff) ? error : new StoreFailure(openProblem(error, path));
}

/** A connection whose failures come with what to do about them. */
export function telling(connection: Connection, path: string): Connection {
  const told = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw asStoreFailure(error, path);
    }
  };
  const kept = new WeakMap<Statement, Statement>();
  return {
    ...connection,
    prepare(sql) {
      const statement = told(() => connection.prepare(sql));
      const known = kept.get(statement);
      if (known !== undefined) {
        return known;
      }
      const telling: Statement = {
        run: (...parameters) => told(() => statement.run(...parameters)),
        get: (...parameters) => told(() => statement.get(...parameters)),
        all: (...parameters) => told(() => statement.all(...parameters)),
      };
      kept.set(statement, telling);
      return telling;
    },
  };
}

/** What an error of SQLite means to a person, and what to do. */
export function openProblem(error: unknown, path: string): RequestProblem {
  const at = { file: path };
  const code = sqliteCode(error);
  const primary = code === undefined ? undefined : code & 0xff;
  if (primary === NOT_A_DATABASE) {
    return {
      code: "store.not-a-database",
      message: "this file is no database; it is left untouched",
      at,
      remedy: "Name another file with --db.",
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
      message: "the disk is full",
      at,
      remedy: "Make room and try again: nothing is half written.",
    };
  }
  if (isBusy(error)) {
    return {
      code: "store.busy",
      message: "another process keeps the database locked",
      at,
      remedy: "Try again when it has finished.",
    };
  }
  return {
    code: "store.failed",
    message: `the database cannot be used: ${messageOf(error)}`,
    at,
    remedy: "Check that the path is right and that the folder is writable.",
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

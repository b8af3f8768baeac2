import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { rankIncidents } from "./alerts/ranks.ts";
import { type Connection, connect, number } from "./connection.ts";
import { migrations } from "./migrations.ts";
import { messageOf, readOnlyProblem, sqliteProblem } from "./problem.ts";
import { connectForReading, unreadable } from "./reading.ts";

/** Marks an SQLite file as a Stemma database ("STEM"). */
const APPLICATION_ID = 0x5354454d;
const schemaVersion = migrations.at(-1)?.number ?? 0;

/** One connection for writing and one for reading: a reader sees only what was committed. */
export interface Database {
  readonly path: string;
  readonly reader: Connection;
  /** Absent when opened read-only. */
  readonly writer: Connection | undefined;
  /** Whether it did not exist before. */
  readonly isNew: boolean;
  close(): void;
}

/**
 * Opens the database file, creates it unless `readOnly`, and migrates its schema in one transaction. Fails for a file
 * that is not a Stemma database or was written by a newer version.
 */
export function openDatabase(path: string, options: { readonly readOnly: boolean }): Result<Database, Problem> {
  if (options.readOnly && !existsSync(path)) {
    return fail({
      code: "store.not-found",
      message: "the database file does not exist",
      at: { file: path },
      remedy: "Run `stemma ingest PATH…` or `stemma serve` first, or choose another file with --db.",
    });
  }
  let isNew = false;
  const refused = existsSync(path) ? refusal(path, options) : undefined;
  if (refused !== undefined) {
    return fail(refused);
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
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writer = connect(path, { readOnly: false, busyTimeout: 5_000 });
      opened.push(writer);
      isNew = pragma(writer, "user_version") === 0;
      const problem = incompatibility(writer, path) ?? prepareForWriting(writer, path);
      if (problem !== undefined) {
        close();
        return fail(problem);
      }
      // From here on `store.ts` waits for locks without blocking the process, which the driver's own timeout would do.
      writer.execute("PRAGMA busy_timeout = 0");
    }
    const connected = connectForReading(path);
    if (!connected.ok) {
      close();
      return connected;
    }
    const reader = connected.value;
    opened.push(reader);
    const problem = options.readOnly ? (incompatibility(reader, path) ?? outdatedSchema(reader, path)) : undefined;
    if (problem !== undefined) {
      close();
      return fail(problem);
    }
    // Maps only the beginning: every worker has a reader, and mapped pages count as memory of the process.
    reader.execute("PRAGMA cache_size = -32768; PRAGMA mmap_size = 67108864");
    return ok({ path, reader, writer, isNew, close });
  } catch (error) {
    close();
    return fail(sqliteProblem(error, path));
  }
}

/** Why an existing file is not opened: its rights, of which SQLite would say only that it fails, or it is empty. */
function refusal(path: string, { readOnly }: { readonly readOnly: boolean }): Problem | undefined {
  if (!may(path, constants.R_OK)) {
    return unreadable(path);
  }
  return readOnly || !isReadOnly(path) ? emptied(path, readOnly) : readOnlyProblem(path);
}

/**
 * An empty file holds nothing to read. If the end of an audit trail was noted beside it, its content was lost, and a
 * new database in its place would hide that.
 */
function emptied(path: string, readOnly: boolean): Problem | undefined {
  const isEmpty = [path, `${path}-wal`].every((file) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0);
  const hadContent = existsSync(`${path}.audit`);
  if (!isEmpty || !(readOnly || hadContent)) {
    return undefined;
  }
  return hadContent
    ? {
        code: "store.damaged",
        message: "the database file is empty, but the audit trail of its content was noted: the content was lost",
        at: { file: path },
        remedy: "Restore a backup with stemma restore --force. To begin anew, move the empty file away.",
      }
    : {
        code: "store.not-found",
        message: "the database file is empty",
        at: { file: path },
        remedy: "Run `stemma ingest PATH…` or `stemma serve` first, or choose another file with --db.",
      };
}

/** Whether rights or the file system forbid to write to an existing file or its folder. */
export function isReadOnly(path: string): boolean {
  return existsSync(path) && !(may(path, constants.W_OK) && may(dirname(path), constants.W_OK));
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Why this version of Stemma must not touch the file. */
export function incompatibility(connection: Connection, path: string): Problem | undefined {
  const application = pragma(connection, "application_id");
  const version = pragma(connection, "user_version");
  const tables = connection.prepare("SELECT count(*) AS tables FROM sqlite_schema").get();
  const isEmpty = tables !== undefined && number(tables, "tables") === 0;
  if (!isEmpty && application !== APPLICATION_ID) {
    return {
      code: "store.foreign",
      message: "this SQLite file was not created by Stemma; it was not changed",
      at: { file: path },
      remedy: "Choose another file with --db.",
    };
  }
  if (version > schemaVersion) {
    return {
      code: "store.newer-schema",
      message: `this database has schema version ${version}; this version of Stemma supports up to ${schemaVersion}`,
      at: { file: path },
      remedy: "Use the newer version of Stemma that wrote it, or choose another file.",
    };
  }
  return undefined;
}

function outdatedSchema(connection: Connection, path: string): Problem | undefined {
  return pragma(connection, "user_version") === schemaVersion
    ? undefined
    : {
        code: "store.older-schema",
        message: "this database was written by an older version of Stemma and has not been migrated",
        at: { file: path },
        remedy: "Run `stemma serve` or `stemma ingest` once to migrate it, on a copy if the file cannot be written to.",
      };
}

function prepareForWriting(writer: Connection, path: string): Problem | undefined {
  // A commit has to be durable when it returns: in WAL mode NORMAL could lose the last commits on power loss.
  writer.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -131072");
  // An ingest or a batch rewrites the same index pages many times: checkpoint less often.
  writer.execute("PRAGMA wal_autocheckpoint = 32000; PRAGMA journal_size_limit = 67108864");
  if (pragma(writer, "user_version") === schemaVersion) {
    return undefined;
  }
  writer.execute("BEGIN IMMEDIATE");
  try {
    // Read again under the lock: another process may have migrated the schema meanwhile.
    const current = pragma(writer, "user_version");
    for (const migration of migrations.filter((candidate) => candidate.number > current)) {
      writer.execute(migration.sql);
      migration.backfill?.(writer);
    }
    rankIncidents(writer);
    writer.execute(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${schemaVersion}; COMMIT`);
    return undefined;
  } catch (error) {
    writer.execute("ROLLBACK");
    return {
      code: "store.migration-failed",
      message: `the database could not be migrated and was not changed: ${messageOf(error)}`,
      at: { file: path },
      remedy: "Free some disk space, or restore the file from a backup.",
    };
  }
}

function pragma(connection: Connection, name: "application_id" | "user_version"): number {
  const row = connection.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? 0 : number(row, name);
}

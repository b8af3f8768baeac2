import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { type Connection, connect } from "./connection.ts";
import { incompatibility, openDatabase } from "./database.ts";
import { acquireLock } from "./lock.ts";
import { sqliteProblem } from "./problem.ts";
import { connectForReading } from "./reading.ts";

/** A backup is one file that needs no other beside it: a whole database, checked after it was written. */

export interface Backup {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
}

interface BackupOptions {
  /** Replace a file that exists. */
  readonly force: boolean;
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Writes a backup of a database, also while others write to it: as it was at the beginning. The file appears under its
 * name only when it is complete and sound. Problems: `backup.exists`, `backup.same-file`, `backup.stopped`,
 * `backup.failed`, and those of opening a database.
 */
export async function backUpDatabase(
  path: string,
  file: string,
  options: BackupOptions,
): Promise<Result<Backup, Problem>> {
  if (resolve(file) === resolve(path)) {
    return fail({ code: "backup.same-file", message: "the backup would replace the database itself", at: { file } });
  }
  const opened = openDatabase(path, { readOnly: true });
  if (!opened.ok) {
    return opened;
  }
  try {
    return await writeBackup(file, options, (target) => copied(opened.value.reader, target, options, path));
  } finally {
    opened.value.close();
  }
}

/**
 * Has a backup written to a temporary file beside its name, checks it and puts it in place. `write` gets the name of
 * the temporary file, which does not exist; `onReady` is called just before the file gets its name.
 */
export async function writeBackup(
  file: string,
  { force, signal, onReady }: Pick<BackupOptions, "force" | "signal"> & { readonly onReady?: () => void },
  write: (target: string) => Promise<Problem | undefined>,
): Promise<Result<Backup, Problem>> {
  if (existsSync(file) && !force) {
    return fail(exists(file));
  }
  const target = `${file}.${process.pid}.partial`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const problem = (await write(target)) ?? (signal.aborted ? stopped : finish(target));
    if (problem !== undefined) {
      return fail(problem);
    }
    const sha256 = await digestOf(target);
    if (existsSync(file) && !force) {
      return fail(exists(file));
    }
    onReady?.();
    renameSync(target, file);
    synchronize(dirname(file));
    return ok({ file, bytes: statSync(file).size, sha256 });
  } catch (error) {
    return fail({
      code: "backup.failed",
      message: `this file cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      at: { file },
      remedy: "Choose a folder that you can write to, with enough free space.",
    });
  } finally {
    for (const suffix of ["", "-wal", "-shm", "-journal", ".audit", ".turn.lock", ".ingest.lock"]) {
      rmSync(`${target}${suffix}`, { force: true });
    }
  }
}

const stopped: Problem = {
  code: "backup.stopped",
  message: "it was stopped before it was complete; nothing was changed",
};

function exists(file: string): Problem {
  return {
    code: "backup.exists",
    message: "there is a file of this name already; it was not changed",
    at: { file },
    remedy: "Choose another name, or replace it with --force.",
  };
}

/** Copies a database to a new file of the owner alone. */
async function copied(
  from: Connection,
  target: string,
  { onProgress, signal }: Pick<BackupOptions, "onProgress" | "signal">,
  path: string,
): Promise<Problem | undefined> {
  try {
    closeSync(openSync(target, "wx", 0o600));
    await from.copyTo(target, (done, total) => {
      if (signal.aborted) {
        throw new Error(stopped.message);
      }
      onProgress(done, total);
    });
    return undefined;
  } catch (error) {
    const problem = signal.aborted ? stopped : sqliteProblem(error, path);
    if (problem.code === "store.disk-full" || problem.code === "store.failed") {
      // Nothing is written to the database that is read: this is about the new file, which the caller names.
      throw error;
    }
    return problem;
  }
}

/** Makes a copy one file without a log beside it, and checks it. */
function finish(target: string): Problem | undefined {
  const connection = connect(target, { readOnly: false, busyTimeout: 0 });
  try {
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    connection.execute("PRAGMA journal_mode = DELETE");
    return incompatibility(connection, target) ?? damageOf(connection, target);
  } finally {
    connection.close();
  }
}

/** What SQLite's check of a whole database finds first. */
function damageOf(connection: Connection, file: string): Problem | undefined {
  const [row] = connection.prepare("PRAGMA integrity_check(1)").all();
  const found = String(row?.["integrity_check"]);
  return found === "ok"
    ? undefined
    : {
        code: "store.damaged",
        message: `the copy is damaged, as what it was made of is: ${found}`,
        at: { file },
        remedy: "Run stemma check to see all damage, and use an older backup.",
      };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  synchronize(file);
  return hash.digest("hex");
}

function synchronize(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export interface Restored extends Backup {
  /** Where the database that was there before is now. */
  readonly kept: string | undefined;
}

/**
 * Puts the content of a backup in place of a database, which keeps another name. Problems: `store.exists` without
 * `force`, `store.server-running`, `store.ingest-running`, and those of a backup that cannot be used. `now` is in epoch
 * milliseconds.
 */
export async function restoreDatabase(
  backupFile: string,
  path: string,
  options: BackupOptions & { readonly now: () => number },
): Promise<Result<Restored, Problem>> {
  if (resolve(backupFile) === resolve(path)) {
    return fail({ code: "backup.same-file", message: "the backup is the database itself", at: { file: path } });
  }
  if (!existsSync(backupFile)) {
    return fail({ code: "store.not-found", message: "the backup does not exist", at: { file: backupFile } });
  }
  if (existsSync(path) && !options.force) {
    return fail({
      code: "store.exists",
      message: "there is a database already; it was not changed",
      at: { file: path },
      remedy: "Choose another file with --db, or use --force: the present database is then kept under another name.",
    });
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const locks: { release(): void }[] = [];
  try {
    for (const purpose of ["server", "ingest"] as const) {
      const lock = acquireLock(path, purpose);
      if (!lock.ok) {
        return lock;
      }
      locks.push(lock.value);
    }
    const from = openBackup(backupFile);
    if (!from.ok) {
      return from;
    }
    try {
      let kept: string | undefined;
      const onReady = () => {
        kept = existsSync(path) ? keepAside(path, options.now()) : undefined;
      };
      const written = await writeBackup(path, { ...options, force: true, onReady }, (target) =>
        copied(from.value, target, options, backupFile),
      );
      return written.ok ? ok({ ...written.value, kept }) : written;
    } finally {
      from.value.close();
    }
  } finally {
    for (const lock of locks) {
      lock.release();
    }
  }
}

function openBackup(file: string): Result<Connection, Problem> {
  try {
    const connected = connectForReading(file);
    if (!connected.ok) {
      return connected;
    }
    const problem = incompatibility(connected.value, file) ?? damageOf(connected.value, file);
    if (problem !== undefined) {
      connected.value.close();
      return fail(problem);
    }
    return connected;
  } catch (error) {
    return fail(sqliteProblem(error, file));
  }
}

/** Renames a database with its log. */
function keepAside(path: string, now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const kept = `${path}.before-restore-${time}`;
  renameSync(path, kept);
  if (existsSync(`${path}-wal`)) {
    renameSync(`${path}-wal`, `${kept}-wal`);
  }
  rmSync(`${path}-shm`, { force: true });
  return kept;
}

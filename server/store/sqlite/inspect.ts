import { statSync } from "node:fs";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { openDatabase } from "./database.ts";
import { isHeld } from "./lock.ts";
import { sqliteProblem } from "./problem.ts";

/** What a database file looks like from outside of a server. */
export interface DatabaseInspection {
  /** What SQLite's check of its structure found; empty for a sound file. */
  readonly damage: readonly string[];
  readonly walBytes: number;
  readonly isServing: boolean;
  readonly isIngesting: boolean;
}

/** Reads a database file while others may write to it. With `checkStructure` it reads the whole file. */
export function inspectDatabase(path: string, checkStructure: boolean): Result<DatabaseInspection, Problem> {
  const opened = openDatabase(path, { readOnly: true });
  if (!opened.ok) {
    return opened;
  }
  const { reader, close } = opened.value;
  try {
    const rows = checkStructure ? reader.prepare("PRAGMA quick_check(20)").all() : [];
    const found = rows.map((row) => String(row["quick_check"])).filter((line) => line !== "ok");
    return ok({
      damage: found,
      walBytes: statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0,
      isServing: isHeld(path, "server"),
      isIngesting: isHeld(path, "ingest"),
    });
  } catch (error) {
    return fail(sqliteProblem(error, path));
  } finally {
    close();
  }
}

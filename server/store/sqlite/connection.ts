import { closeSync, openSync } from "node:fs";
import { backup, DatabaseSync, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { DamagedColumn } from "../damage.ts";

// The only file that imports the driver: everything else uses `Connection`. Calls are synchronous and throw on failure.

export type SqlValue = string | number | bigint | Uint8Array | null;
export type Row = Readonly<Record<string, SqlValue>>;
type Parameter = string | number | bigint | Uint8Array | undefined | null;

export interface Statement {
  /** The number of rows changed. Parameters are positional; `undefined` is stored as NULL. */
  run(...parameters: readonly Parameter[]): number;
  get(...parameters: readonly Parameter[]): Row | undefined;
  all(...parameters: readonly Parameter[]): readonly Row[];
}

export interface Connection {
  /** Compiles a statement, or returns the cached one with the same text. */
  prepare(sql: string): Statement;
  /** Runs one or more statements without parameters. */
  execute(sql: string): void;
  /**
   * Copies the database, as it is now, to another file, while others write. `onStep` gets the pages copied so far; what
   * it throws ends the copy.
   */
  copyTo(path: string, onStep: (done: number, total: number) => void): Promise<void>;
  close(): void;
}

/** Compiled statements cached per connection; the least recently used is evicted first. */
const STATEMENT_CACHE_SIZE = 300;

/** Pages per step of a copy, about 8 MB. */
const COPIED_PAGES = 2_000;

interface ConnectOptions {
  readonly readOnly: boolean;
  readonly busyTimeout: number;
  /** Nobody writes to the file meanwhile: SQLite then needs no lock and no file beside it. Reads no write-ahead log. */
  readonly immutable?: boolean;
}

/**
 * Opens a file; a new one is for its owner alone, and so are the logs that SQLite puts beside it. Throws an `Error`
 * with SQLite's message when that fails.
 */
export function connect(path: string, options: ConnectOptions): Connection {
  if (!options.readOnly && path !== ":memory:") {
    createForOwner(path);
  }
  const database = new DatabaseSync(options.immutable === true ? immutableUrl(path) : path, {
    readOnly: options.readOnly,
    timeout: options.busyTimeout,
    enableForeignKeyConstraints: true,
  });
  const statements = new Map<string, Statement>();
  return {
    prepare(sql) {
      const cached = statements.get(sql);
      if (cached !== undefined) {
        statements.delete(sql);
        statements.set(sql, cached);
        return cached;
      }
      const statement = wrap(database.prepare(sql));
      statements.set(sql, statement);
      const [oldest] = statements.keys();
      if (statements.size > STATEMENT_CACHE_SIZE && oldest !== undefined) {
        statements.delete(oldest);
      }
      return statement;
    },
    execute: (sql) => database.exec(sql),
    async copyTo(target, onStep) {
      // Within a transaction every step sees the same state: otherwise each write of others would begin the copy anew.
      database.exec("BEGIN; SELECT count(*) FROM sqlite_schema");
      try {
        await backup(database, target, {
          rate: COPIED_PAGES,
          progress: ({ totalPages, remainingPages }) => onStep(totalPages - remainingPages, totalPages),
        });
      } finally {
        database.exec("COMMIT");
      }
    },
    close: () => database.close(),
  };
}

function immutableUrl(path: string): URL {
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  return url;
}

function createForOwner(path: string): void {
  try {
    // Only a new file: closing one that exists would release the locks that this process has on it.
    closeSync(openSync(path, "wx", 0o600));
  } catch {
    // It exists, or SQLite says why it cannot be created.
  }
}

function wrap(statement: StatementSync): Statement {
  return {
    run: (...parameters) => Number(statement.run(...bound(parameters)).changes),
    get: (...parameters) => statement.get(...bound(parameters)),
    all: (...parameters) => statement.all(...bound(parameters)),
  };
}

/** Copies the list only if a value is absent: this runs once per inserted event. */
function bound(parameters: readonly Parameter[]): SqlValue[] {
  return parameters.includes(undefined) ? parameters.map((value) => value ?? null) : (parameters as SqlValue[]);
}

/** Whether an error means that another connection has locked the database. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && (code & 0xff) === 5;
}

/** SQLite's extended result code of an error thrown by a connection. */
export function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : undefined;
}

export { number, optionalNumber, optionalText, text } from "../row.ts";

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) {
    throw new DamagedColumn(column, "bytes");
  }
  return value;
}

import { DatabaseSync, type StatementSync } from "node:sqlite";

/** The only file that knows the driver: everything else speaks `Connection`. Calls are synchronous and throw on failure. */
export type SqlValue = string | number | bigint | Uint8Array | null;
export type Row = Readonly<Record<string, SqlValue>>;
type Parameter = string | number | bigint | Uint8Array | undefined | null;

export interface Statement {
  /** Number of rows changed. Parameters are positional; `undefined` is stored as NULL. */
  run(...parameters: readonly Parameter[]): number;
  get(...parameters: readonly Parameter[]): Row | undefined;
  all(...parameters: readonly Parameter[]): readonly Row[];
}

export interface Connection {
  /** Compiled once per text and kept. */
  prepare(sql: string): Statement;
  /** One or more statements without parameters. */
  execute(sql: string): void;
  close(): void;
}

/** Statements kept compiled per connection; the least recently used goes first. */
const KEPT_STATEMENTS = 300;

/** Opens a file; throws `Error` with SQLite's message when it cannot. */
export function connect(
  path: string,
  options: { readonly readOnly: boolean; readonly busyTimeout: number },
): Connection {
  const database = new DatabaseSync(path, {
    readOnly: options.readOnly,
    timeout: options.busyTimeout,
    enableForeignKeyConstraints: true,
  });
  const statements = new Map<string, Statement>();
  return {
    prepare(sql) {
      const known = statements.get(sql);
      if (known !== undefined) {
        statements.delete(sql);
        statements.set(sql, known);
        return known;
      }
      const statement = wrap(database.prepare(sql));
      statements.set(sql, statement);
      const [oldest] = statements.keys();
      if (statements.size > KEPT_STATEMENTS && oldest !== undefined) {
        statements.delete(oldest);
      }
      return statement;
    },
    execute: (sql) => database.exec(sql),
    close: () => database.close(),
  };
}

function wrap(statement: StatementSync): Statement {
  return {
    run: (...parameters) => Number(statement.run(...bound(parameters)).changes),
    get: (...parameters) => statement.get(...bound(parameters)),
    all: (...parameters) => statement.all(...bound(parameters)),
  };
}

/** Copied only where something is absent: inserting events runs through here some hundred thousand times. */
function bound(parameters: readonly Parameter[]): SqlValue[] {
  return parameters.includes(undefined) ? parameters.map((value) => value ?? null) : (parameters as SqlValue[]);
}

/** True for an error that says that another connection holds the database. */
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
    throw new Error(`damaged row: ${column} should be bytes`);
  }
  return value;
}

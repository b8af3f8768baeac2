import { setTimeout } from "node:timers/promises";
import neo4j, { type Driver, type ManagedTransaction, Neo4jError, type Session, type Transaction } from "neo4j-driver";

/**
 * The only file that knows the driver. Whole numbers go to the server as integers and come back as numbers, byte arrays as
 * byte arrays, `undefined` as null; calls throw the driver's errors, which `problem.ts` reads through `failureOf`.
 */
export type Parameter =
  | string
  | number
  | boolean
  | Uint8Array
  | undefined
  | null
  | readonly Parameter[]
  | { readonly [name: string]: Parameter };
export type Parameters = Readonly<Record<string, Parameter>>;
export type Row = Readonly<Record<string, unknown>>;

/** Runs Cypher in some transaction. Values that came from outside are parameters, always. */
export interface Queries {
  run(cypher: string, parameters?: Parameters): Promise<readonly Row[]>;
}

/** What a write runs its Cypher by. */
export interface Writes extends Queries {
  /**
   * Sends a statement that nobody needs an answer of. It is done before anything that is run after it, but not waited for:
   * where it fails, whatever comes after it fails with its error, the commit at the latest.
   */
  later(cypher: string, parameters?: Parameters): void;
}

export interface Connection {
  /**
   * One query by itself, on a replica where the address routes and there is one: one way to the server and back, where
   * beginning and ending a transaction takes one each. It sees what this connection has written before; transient failures
   * and lost connections are retried for some seconds.
   */
  readonly reading: Queries;
  /** One write transaction that nobody repeats: whoever begins it decides what to do about a failure. */
  begin(): Promise<WriteTransaction>;
  /** One query in a write transaction of its own, retried as reads are: only for what may happen twice. */
  readonly writing: Queries;
  /** What answers there: name and version, such as `Neo4j/5.26.30`. Fails as the first query would. */
  serverAgent(): Promise<string>;
  close(): Promise<void>;
}

export interface WriteTransaction extends Writes {
  commit(): Promise<void>;
  /** Never fails: a transaction that is lost is rolled back by the server. */
  rollback(): Promise<void>;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** How long reads and single writes are retried, in milliseconds. */
const RETRIES = 10_000;
/** Before the first retry, in milliseconds; each pause is twice the one before. */
const FIRST_PAUSE = 250;
/** After this many milliseconds the server ends a transaction: one of a machine that vanished must not hold others for ever. */
const LONGEST_TRANSACTION = 600_000;

/** Connects when the first query runs. `database` left out: the user's home database. */
export function connect(address: string, credentials: Credentials, database: string | undefined): Connection {
  const driver = neo4j.driver(address, neo4j.auth.basic(credentials.user, credentials.password), {
    disableLosslessIntegers: true,
    maxTransactionRetryTime: RETRIES,
    connectionTimeout: 5_000,
    connectionAcquisitionTimeout: 15_000,
    fetchSize: 2_000,
    telemetryDisabled: true,
    notificationFilter: { minimumSeverityLevel: "OFF" },
  });
  // Reads on replicas wait for what this process has written.
  const bookmarkManager = neo4j.bookmarkManager();
  const session = (defaultAccessMode: "READ" | "WRITE"): Session =>
    driver.session({ database, defaultAccessMode, bookmarkManager });
  const during = async <T>(access: "READ" | "WRITE", work: (own: Session) => Promise<T>): Promise<T> => {
    const own = session(access);
    try {
      return await work(own);
    } finally {
      await own.close();
    }
  };
  return {
    reading: {
      run: (cypher, parameters) => retried(() => during("READ", (own) => rowsOf(own, cypher, parameters))),
    },
    writing: {
      run: (cypher, parameters) =>
        during("WRITE", (own) => own.executeWrite((transaction) => rowsOf(transaction, cypher, parameters))),
    },
    async begin() {
      const own = session("WRITE");
      try {
        return writeTransaction(own, await own.beginTransaction({ timeout: LONGEST_TRANSACTION }));
      } catch (error) {
        await own.close().catch(() => undefined);
        throw error;
      }
    },
    serverAgent: () => agentOf(driver, database),
    close: () => driver.close(),
  };
}

/** As the driver's managed transactions do it. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let since = Date.now(), pause = FIRST_PAUSE; ; pause *= 2) {
    try {
      return await work();
    } catch (error) {
      if (failureOf(error)?.transient !== true || Date.now() - since > RETRIES) {
        throw error;
      }
      await setTimeout(pause * (0.8 + 0.4 * Math.random()));
    }
  }
}

async function agentOf(driver: Driver, database: string | undefined): Promise<string> {
  // Without routing: a cluster that cannot write still says what it is.
  const { agent } = await driver.getServerInfo({ database });
  return agent ?? "";
}

function writeTransaction(session: Session, transaction: Transaction): WriteTransaction {
  const close = () => session.close().catch(() => undefined);
  const sent: Promise<unknown>[] = [];
  /** Of a statement that was not waited for; what the server says to those after it is only that it has given up. */
  let first: unknown;
  const run = async (cypher: string, parameters?: Parameters) => {
    try {
      return await rowsOf(transaction, cypher, parameters);
    } catch (error) {
      first ??= error;
      throw first;
    }
  };
  return {
    run,
    later(cypher, parameters) {
      const done = run(cypher, parameters);
      done.catch(() => undefined);
      sent.push(done);
    },
    async commit() {
      try {
        await Promise.all(sent);
        await transaction.commit();
      } finally {
        await close();
      }
    },
    async rollback() {
      // The server drops what was not committed, whether it hears of it or not.
      await transaction.rollback().catch(() => undefined);
      await close();
    },
  };
}

async function rowsOf(
  runner: Session | ManagedTransaction | Transaction,
  cypher: string,
  parameters: Parameters = {},
): Promise<readonly Row[]> {
  const { records } = await runner.run(cypher, sent(parameters));
  return records.map((record) => record.toObject());
}

/** Integers of the server have 64 bits. */
const LARGEST_INTEGER = 2 ** 62;

/** In the driver's types: it would send whole numbers as floating-point ones, and byte arrays as lists of numbers. */
function sent(value: Parameter): unknown {
  if (typeof value === "number") {
    return Number.isInteger(value) && Math.abs(value) <= LARGEST_INTEGER ? neo4j.int(value) : value;
  }
  if (typeof value !== "object" || value === null) {
    return value ?? null;
  }
  if (value instanceof Uint8Array) {
    return new Int8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return isList(value)
    ? value.map(sent)
    : Object.fromEntries(Object.entries(value).map(([name, item]) => [name, sent(item)]));
}

function isList(value: Parameter): value is readonly Parameter[] {
  return Array.isArray(value);
}

export interface Failure {
  /** Neo4j's status code, or the driver's own: `ServiceUnavailable`, `SessionExpired`. */
  readonly code: string;
  readonly message: string;
  /** The same work may succeed when it is done again. */
  readonly transient: boolean;
}

/** What the driver or the server says of a failed call; undefined for any other error. */
export function failureOf(error: unknown): Failure | undefined {
  return error instanceof Neo4jError
    ? { code: error.code, message: error.message, transient: error.retryable }
    : undefined;
}

export { number, optionalNumber, optionalText, text } from "../row.ts";

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Int8Array)) {
    throw new Error(`damaged row: ${column} should be bytes`);
  }
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

export function texts(row: Row, column: string): readonly string[] {
  const value = row[column];
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw new Error(`damaged row: ${column} should be a list of texts`);
  }
  return value;
}

/** A list of rows that came in one column (`collect({…})`). */
export function list(row: Row, column: string): readonly Row[] {
  const value = row[column];
  if (!Array.isArray(value)) {
    throw new Error(`damaged row: ${column} should be a list`);
  }
  return value;
}

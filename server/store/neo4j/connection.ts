import { setTimeout } from "node:timers/promises";
import neo4j, { type Driver, type ManagedTransaction, Neo4jError, type Session, type Transaction } from "neo4j-driver";

// The only file that imports the driver. Whole numbers are sent as integers and returned as numbers, byte arrays as
// byte arrays, `undefined` as null. Calls throw the driver's errors, which `problem.ts` reads through `failureOf`.

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

/** Runs Cypher in some transaction. Values from outside are always passed as parameters. */
export interface Queries {
  run(cypher: string, parameters?: Parameters): Promise<readonly Row[]>;
}

/** Runs Cypher in a write transaction. */
export interface Writes extends Queries {
  /**
   * Sends a statement whose result is not needed. It is executed before any later statement, but not awaited, which
   * saves a round trip. If it fails, the next awaited statement fails with its error, the commit at the latest.
   */
  later(cypher: string, parameters?: Parameters): void;
}

export interface Connection {
  /**
   * Runs a single query, on a replica if the address routes to one. That takes one round trip, whereas beginning and
   * ending a transaction takes one each. It sees what this connection wrote before. Transient failures and lost
   * connections are retried for some seconds.
   */
  readonly reading: Queries;
  /** Begins a write transaction that is not retried: the caller decides what to do about a failure. */
  begin(): Promise<WriteTransaction>;
  /**
   * Retries work on transient failures and lost connections for some seconds. While the server is known not to respond
   * it is tried once, so that nobody waits for what others have waited for in vain.
   */
  retried<T>(work: () => Promise<T>): Promise<T>;
  /** Runs a single query in its own write transaction, retried like reads: only for what may safely happen twice. */
  readonly writing: Queries;
  /** Name and version of the server, such as `Neo4j/5.26.30`. Fails as the first query would. */
  serverAgent(): Promise<string>;
  close(): Promise<void>;
}

export interface WriteTransaction extends Writes {
  commit(): Promise<void>;
  /** Never fails: the server rolls back a transaction whose connection is lost. */
  rollback(): Promise<void>;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** How long connections may be used and waited for; times in milliseconds. */
export interface ConnectionLimits {
  /** Connections at once. */
  readonly connections: number;
  /** How long a call waits for one of them. */
  readonly acquisition: number;
  /** How long a read waits for the server's answer: a network may swallow everything without closing a connection. */
  readonly answer: number;
}

const defaultLimits: ConnectionLimits = { connections: 100, acquisition: 10_000, answer: 30_000 };
/** How long reads and single writes are retried, in milliseconds. */
const RETRY_TIMEOUT = 10_000;
/** The pause before the first retry, in milliseconds. Each further pause is twice as long. */
const FIRST_PAUSE = 250;
/**
 * The server aborts a transaction after this many milliseconds: that of a vanished machine must not block others for
 * ever.
 */
const TRANSACTION_TIMEOUT = 600_000;

/** Connects when the first query runs. Without `database`: the home database of the user. */
export function connect(
  address: string,
  credentials: Credentials,
  database: string | undefined,
  limits: ConnectionLimits = defaultLimits,
): Connection {
  const driver = neo4j.driver(address, neo4j.auth.basic(credentials.user, credentials.password), {
    disableLosslessIntegers: true,
    maxTransactionRetryTime: RETRY_TIMEOUT,
    connectionTimeout: 5_000,
    connectionAcquisitionTimeout: limits.acquisition,
    maxConnectionPoolSize: limits.connections,
    fetchSize: 2_000,
    telemetryDisabled: true,
    notificationFilter: { minimumSeverityLevel: "OFF" },
  });
  // Makes reads on replicas wait for what this process has written.
  const bookmarkManager = neo4j.bookmarkManager();
  const session = (defaultAccessMode: "READ" | "WRITE"): Session =>
    driver.session({ database, defaultAccessMode, bookmarkManager });
  const withSession = async <T>(access: "READ" | "WRITE", work: (opened: Session) => Promise<T>): Promise<T> => {
    const opened = session(access);
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  };
  const retried = retries();
  return {
    retried,
    reading: {
      run: (cypher, parameters) =>
        retried(() =>
          answered(
            withSession("READ", (opened) => rowsOf(opened, cypher, parameters)),
            limits.answer,
          ),
        ),
    },
    writing: {
      run: (cypher, parameters) =>
        withSession("WRITE", (opened) => opened.executeWrite((transaction) => rowsOf(transaction, cypher, parameters))),
    },
    async begin() {
      const opened = session("WRITE");
      try {
        return writeTransaction(opened, await opened.beginTransaction({ timeout: TRANSACTION_TIMEOUT }));
      } catch (error) {
        await opened.close().catch(() => undefined);
        throw error;
      }
    },
    serverAgent: () => agentOf(driver, database),
    close: () => driver.close(),
  };
}

/** Retries as the driver does for its managed transactions. */
function retries(): Connection["retried"] {
  let lost = false;
  return async (work) => {
    const until = lost ? 0 : Date.now() + RETRY_TIMEOUT;
    for (let pause = FIRST_PAUSE; ; pause *= 2) {
      try {
        const result = await work();
        lost = false;
        return result;
      } catch (error) {
        const failure = failureOf(error);
        if (failure?.transient !== true) {
          throw error;
        }
        if (Date.now() + pause > until) {
          lost = isLost(failure);
          throw error;
        }
        await setTimeout(pause * (0.8 + 0.4 * Math.random()));
      }
    }
  };
}

/** Whether a failure means that the server does not respond, rather than that it cannot do something at the moment. */
export function isLost({ code }: Pick<Failure, "code">): boolean {
  return /ServiceUnavailable|SessionExpired|DatabaseUnavailable/.test(code);
}

class NoAnswer extends Error {}

/** Gives up after some milliseconds. The work goes on: its connection is closed when the driver notices. */
async function answered<T>(work: Promise<T>, within: number): Promise<T> {
  const timer = new AbortController();
  const late = setTimeout(within, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new NoAnswer(`no answer within ${within / 1000} s`);
  });
  work.catch(() => undefined);
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

async function agentOf(driver: Driver, database: string | undefined): Promise<string> {
  // Without routing: a cluster that cannot be written to still reports its version.
  const { agent } = await driver.getServerInfo({ database });
  return agent ?? "";
}

function writeTransaction(session: Session, transaction: Transaction): WriteTransaction {
  const close = () => session.close().catch(() => undefined);
  const pending: Promise<unknown>[] = [];
  /** The first error. The server answers all later statements only with the fact that the transaction has failed. */
  let firstError: unknown;
  const run = async (cypher: string, parameters?: Parameters) => {
    try {
      return await rowsOf(transaction, cypher, parameters);
    } catch (error) {
      firstError ??= error;
      throw firstError;
    }
  };
  return {
    run,
    later(cypher, parameters) {
      const result = run(cypher, parameters);
      result.catch(() => undefined);
      pending.push(result);
    },
    async commit() {
      try {
        await Promise.all(pending);
        await transaction.commit();
      } finally {
        await close();
      }
    },
    async rollback() {
      // The server discards what was not committed, whether or not this call reaches it.
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
  const { records } = await runner.run(cypher, driverValue(parameters));
  return records.map((record) => record.toObject());
}

/** Integers of the server have 64 bits. */
const MAX_INTEGER = 2 ** 62;

/**
 * Converts to the driver's types. Otherwise it would send whole numbers as floats, and byte arrays as lists of numbers.
 */
function driverValue(value: Parameter): unknown {
  if (typeof value === "number") {
    return Number.isInteger(value) && Math.abs(value) <= MAX_INTEGER ? neo4j.int(value) : value;
  }
  if (typeof value !== "object" || value === null) {
    return value ?? null;
  }
  if (value instanceof Uint8Array) {
    return new Int8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return isList(value)
    ? value.map(driverValue)
    : Object.fromEntries(Object.entries(value).map(([name, item]) => [name, driverValue(item)]));
}

function isList(value: Parameter): value is readonly Parameter[] {
  return Array.isArray(value);
}

export interface Failure {
  /** Neo4j's status code, or the driver's own: `ServiceUnavailable`, `SessionExpired`. */
  readonly code: string;
  readonly message: string;
  /** The same call may succeed when retried. */
  readonly transient: boolean;
}

/** The failure reported by the driver or the server; undefined for any other error. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof NoAnswer) {
    return { code: "ServiceUnavailable", message: error.message, transient: true };
  }
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

/** A column with a list of rows (`collect({…})`). */
export function list(row: Row, column: string): readonly Row[] {
  const value = row[column];
  if (!Array.isArray(value)) {
    throw new Error(`damaged row: ${column} should be a list`);
  }
  return value;
}

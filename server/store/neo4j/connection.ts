import { setTimeout } from "node:timers/promises";
import neo4j, { type Driver, type ManagedTransaction, type Session, type Transaction } from "neo4j-driver";
import { driverValue, type Parameters } from "./driver-value.ts";
import { NoAnswer } from "./failure.ts";
import { RETRY_TIMEOUT, retries } from "./retries.ts";
import type { Row } from "./row.ts";

// Calls throw the driver's errors, which `problem.ts` reads through `failureOf`.

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

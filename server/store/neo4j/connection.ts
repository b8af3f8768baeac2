import neo4j, { type Driver, type Result, type Session, type Transaction } from "neo4j-driver";
import { driverValue, type Parameters } from "./driver-value.ts";
import { NoAnswer } from "./failure.ts";
import { type Answered, liveness, settlesWithin } from "./liveness.ts";
import { retries } from "./retries.ts";
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
  /** Runs a single query as a write, retried like reads: only for what may safely happen twice. */
  readonly writing: Queries;
  /** Name and version of the server, such as `Neo4j/5.26.30`. Fails as the first query would. */
  serverAgent(): Promise<string>;
  close(): Promise<void>;
}

export interface WriteTransaction extends Writes {
  /** Waits until everything that was sent has been executed. After that, only a failure of `commit` leaves doubts. */
  executed(): Promise<void>;
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
  /** How long a call waits for one of them: longer than it takes to notice a server that does not respond. */
  readonly acquisition: number;
  /** How long a read may take. */
  readonly answer: number;
  /** How long the server may be silent before it is asked whether it responds at all, and how long that may take. */
  readonly silence: number;
}

const defaultLimits: ConnectionLimits = { connections: 100, acquisition: 20_000, answer: 30_000, silence: 5_000 };
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
  const newDriver = (connections: number) =>
    neo4j.driver(address, neo4j.auth.basic(credentials.user, credentials.password), {
      disableLosslessIntegers: true,
      connectionTimeout: 5_000,
      connectionAcquisitionTimeout: limits.acquisition,
      maxConnectionPoolSize: connections,
      fetchSize: 2_000,
      telemetryDisabled: true,
      notificationFilter: { minimumSeverityLevel: "OFF" },
    });
  const driver = newDriver(limits.connections);
  // Makes reads on replicas wait for what this process has written.
  const bookmarkManager = neo4j.bookmarkManager();
  const session = (defaultAccessMode: Access): Session =>
    driver.session({ database, defaultAccessMode, bookmarkManager });
  const single = (access: Access, answered: Answered, limit: number): Queries => ({
    run: (cypher, parameters) => retried(() => answered(() => runOnce(session(access), cypher, parameters), limit)),
  });
  const retried = retries();
  // Reads and writes go to different servers of a cluster.
  const read = liveness(() => ping(newDriver(1), database, "READ"), limits.silence);
  const written = liveness(() => ping(newDriver(1), database, "WRITE"), limits.silence);
  return {
    retried,
    reading: single("READ", read, limits.answer),
    writing: single("WRITE", written, TRANSACTION_TIMEOUT),
    async begin() {
      const opened = session("WRITE");
      try {
        const begun = () => opened.beginTransaction({ timeout: TRANSACTION_TIMEOUT });
        // Waits for the answer to BEGIN.
        return writeTransaction(opened, await written(async () => await begun(), TRANSACTION_TIMEOUT), written);
      } catch (error) {
        void opened.close().catch(() => undefined);
        throw error;
      }
    },
    serverAgent: () => read(() => agentOf(driver, database), limits.answer),
    async close() {
      // A driver waits for the server, which may be silent. What it holds is of no use any more.
      await settlesWithin(limits.silence, driver.close());
    },
  };
}

type Access = "READ" | "WRITE";

async function runOnce(session: Session, cypher: string, parameters: Parameters = {}): Promise<readonly Row[]> {
  try {
    return await rowsOf(session.run(cypher, driverValue(parameters), { timeout: TRANSACTION_TIMEOUT }));
  } finally {
    await session.close();
  }
}

/** Reaches the server, over a connection of its own: those of the pool may be what is broken. */
async function ping(driver: Driver, database: string | undefined, defaultAccessMode: Access): Promise<void> {
  const session = driver.session({ database, defaultAccessMode });
  try {
    const transaction = await session.beginTransaction();
    await transaction.rollback();
  } finally {
    void driver.close().catch(() => undefined);
  }
}

async function agentOf(driver: Driver, database: string | undefined): Promise<string> {
  // Without routing: a cluster that cannot be written to still reports its version.
  const { agent } = await driver.getServerInfo({ database });
  return agent ?? "";
}

function writeTransaction(session: Session, transaction: Transaction, answered: Answered): WriteTransaction {
  const close = (): Promise<void> => session.close().catch(() => undefined);
  const pending: Promise<unknown>[] = [];
  /** The first error. The server answers all later statements only with the fact that the transaction has failed. */
  let firstError: unknown;
  const run = async (cypher: string, parameters: Parameters = {}) =>
    rowsOf(transaction.run(cypher, driverValue(parameters)));
  const orFirstError = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      firstError ??= error;
      throw firstError;
    }
  };
  /** A server that does not respond does not confirm an end either. */
  const unlessSilent = (end: Promise<void>) => (firstError instanceof NoAnswer ? Promise.resolve() : end);
  const executed = async () => void (await orFirstError(answered(() => Promise.all(pending), TRANSACTION_TIMEOUT)));
  return {
    run: (cypher, parameters) => orFirstError(answered(() => run(cypher, parameters), TRANSACTION_TIMEOUT)),
    later(cypher, parameters) {
      const result = orFirstError(run(cypher, parameters));
      result.catch(() => undefined);
      pending.push(result);
    },
    executed,
    async commit() {
      try {
        await executed();
        await orFirstError(answered(() => transaction.commit(), TRANSACTION_TIMEOUT));
      } finally {
        await unlessSilent(close());
      }
    },
    // The server discards what was not committed, whether or not this call reaches it.
    rollback: () =>
      unlessSilent(
        transaction
          .rollback()
          .catch(() => undefined)
          .then(close),
      ),
  };
}

async function rowsOf(result: Result): Promise<readonly Row[]> {
  const { records } = await result;
  return records.map((record) => record.toObject());
}

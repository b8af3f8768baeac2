import type { RequestProblem } from "#contracts/problem";
import { outcomeUnknown, StoreFailure, storeLost } from "../failure.ts";
import type { Queries } from "./connection.ts";
import { failureOf, isLost } from "./failure.ts";

/** The address of a database, for messages: without credentials. */
export interface DatabaseLocation {
  readonly address: string;
  readonly database: string | undefined;
}

/** Why nothing can be written. */
export const readOnlyProblem: RequestProblem = {
  code: "store.read-only",
  message: "this Neo4j database cannot be written to: it was opened read-only, or the database or the user is",
  remedy: "Make the database writable, grant the user write access, or use commands that only read.",
};

/** What a Neo4j failure means to a person, and what to do about it; undefined for an error from elsewhere. */
export function neo4jProblem(error: unknown, location: DatabaseLocation): RequestProblem | undefined {
  const failure = failureOf(error);
  if (failure === undefined) {
    return undefined;
  }
  const { code } = failure;
  const at = { file: location.address };
  if (/\.Security\.(Unauthorized|AuthenticationRateLimit|TokenExpired|AuthProvider)/.test(code)) {
    return {
      code: "store.credentials-refused",
      message: code.endsWith("RateLimit")
        ? "Neo4j temporarily blocks this sign-in after too many wrong passwords"
        : "Neo4j rejected the user name or password",
      at,
      remedy: "Set STEMMA_NEO4J_USER and STEMMA_NEO4J_PASSWORD.",
    };
  }
  if (code.endsWith(".Security.CredentialsExpired")) {
    return {
      code: "store.credentials-refused",
      message: "the password of the Neo4j user has expired",
      at,
      remedy: "Change it in Neo4j Browser or with cypher-shell, then set STEMMA_NEO4J_PASSWORD.",
    };
  }
  if (/\.Database\.DatabaseNotFound$/.test(code)) {
    return {
      code: "store.not-found",
      message:
        location.database === undefined
          ? "this Neo4j user has no home database"
          : `Neo4j has no database named ${location.database}`,
      at,
      remedy: "Create it, or choose another one with STEMMA_NEO4J_DATABASE.",
    };
  }
  if (/ReadOnly|\.Security\.Forbidden|NotALeader/.test(code)) {
    return { ...readOnlyProblem, at };
  }
  if (/acquisition timed out/i.test(failure.message)) {
    return {
      code: "store.busy",
      message: "all connections to Neo4j are in use",
      at,
      remedy: "Try again in a moment. If it stays like this, look for slow queries on the server.",
    };
  }
  if (failure.transient || isLost(failure)) {
    return {
      code: storeLost,
      message: `Neo4j does not respond: ${reasonOf(failure.message)}`,
      at,
      remedy: "Check the address and that the server is running. If this was a change, nothing of it was stored.",
    };
  }
  return {
    code: "store.failed",
    message: `Neo4j reported an error: ${failure.message} (${code})`,
    at,
    remedy: "Check the Neo4j log, free disk space and memory. No change was partly written.",
  };
}

/** The driver prints its routing table if no server is left in it, which does not help the reader. */
function reasonOf(message: string): string {
  return /routing|discovery/i.test(message) ? "no server can be reached" : message;
}

/** Wraps a Neo4j failure as a `StoreFailure`. Other errors are returned unchanged. */
export function asStoreFailure(error: unknown, location: DatabaseLocation): unknown {
  const problem = neo4jProblem(error, location);
  return problem === undefined ? error : new StoreFailure(problem);
}

/** The server stopped responding after it was told to commit, so that the change may or may not be stored. */
export function unknownOutcome({ address }: DatabaseLocation): StoreFailure {
  return new StoreFailure({
    code: outcomeUnknown,
    message: "Neo4j stopped responding while it stored this change, which may or may not be stored",
    at: { file: address },
    remedy: "When the server responds again, look whether the change is there before you repeat it.",
  });
}

/** Queries that throw `StoreFailure`, and call `before` first. */
export function withStoreFailures(queries: Queries, location: DatabaseLocation, before?: () => void): Queries {
  return {
    async run(cypher, parameters) {
      before?.();
      try {
        return await queries.run(cypher, parameters);
      } catch (error) {
        throw asStoreFailure(error, location);
      }
    },
  };
}

import type { RequestProblem } from "#contracts/problem";
import { StoreFailure, storeLost } from "../failure.ts";
import { failureOf } from "./connection.ts";

/** Where a store is, for people: never with credentials. */
export interface Place {
  readonly address: string;
  readonly database: string | undefined;
}

/** What a failure of Neo4j means to a person, and what to do; undefined for an error that is none of Neo4j's. */
export function neo4jProblem(error: unknown, place: Place): RequestProblem | undefined {
  const failure = failureOf(error);
  if (failure === undefined) {
    return undefined;
  }
  const { code } = failure;
  const at = { file: place.address };
  if (/\.Security\.(Unauthorized|AuthenticationRateLimit|TokenExpired|AuthProvider)/.test(code)) {
    return {
      code: "store.credentials-refused",
      message: code.endsWith("RateLimit")
        ? "Neo4j refuses the sign-in for a while: there were too many wrong passwords"
        : "Neo4j refuses the user or the password",
      at,
      remedy: "Set STEMMA_NEO4J_USER and STEMMA_NEO4J_PASSWORD.",
    };
  }
  if (code.endsWith(".Security.CredentialsExpired")) {
    return {
      code: "store.credentials-refused",
      message: "the password has to be changed before Neo4j lets this user in",
      at,
      remedy: "Change it in Neo4j Browser or with cypher-shell, then set STEMMA_NEO4J_PASSWORD.",
    };
  }
  if (/\.Database\.DatabaseNotFound$/.test(code)) {
    return {
      code: "store.not-found",
      message: `Neo4j has no database ${place.database ?? "for this user"}`,
      at,
      remedy: "Create it, or name another one with STEMMA_NEO4J_DATABASE.",
    };
  }
  if (/ReadOnly|\.Security\.Forbidden|NotALeader/.test(code)) {
    return {
      code: "store.read-only",
      message: "this Neo4j database cannot be written to: it is read-only, or the user may only read",
      at,
      remedy: "Make it writable, give the user the right to write, or use commands that only read.",
    };
  }
  if (failure.transient || /ServiceUnavailable|SessionExpired|DatabaseUnavailable/.test(code)) {
    return {
      code: storeLost,
      message: `Neo4j does not answer: ${reasonOf(failure.message)}`,
      at,
      remedy: "Check the address and that the server is running; nothing is half written.",
    };
  }
  return {
    code: "store.failed",
    message: `Neo4j could not do it: ${failure.message} (${code})`,
    at,
    remedy: "See Neo4j's own log (disk, memory); nothing is half written.",
  };
}

/** The driver prints its routing table where no server is left in it: that tells a person nothing. */
function reasonOf(message: string): string {
  return /routing|discovery/i.test(message) ? "no server can be reached" : message;
}

/** The error to throw on: a failure of Neo4j with its problem, anything else as it is. */
export function asStoreFailure(error: unknown, place: Place): unknown {
  const problem = neo4jProblem(error, place);
  return problem === undefined ? error : new StoreFailure(problem);
}

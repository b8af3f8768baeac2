import { Neo4jError } from "neo4j-driver";

export interface Failure {
  /** Neo4j's status code, or the driver's own: `ServiceUnavailable`, `SessionExpired`. */
  readonly code: string;
  readonly message: string;
  /** The same call may succeed when retried. */
  readonly transient: boolean;
}

/** Thrown instead of waiting any longer for a server. */
export class NoAnswer extends Error {}

/** The failure reported by the driver or the server; undefined for any other error. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof NoAnswer) {
    return { code: "ServiceUnavailable", message: error.message, transient: true };
  }
  return error instanceof Neo4jError
    ? { code: error.code, message: error.message, transient: error.retryable }
    : undefined;
}

/** Whether a failure means that the server does not respond, rather than that it cannot do something at the moment. */
export function isLost({ code }: Pick<Failure, "code">): boolean {
  return /ServiceUnavailable|SessionExpired|DatabaseUnavailable/.test(code);
}

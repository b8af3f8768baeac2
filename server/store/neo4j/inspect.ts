import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { type Credentials, connect } from "./connection.ts";
import { openNeo4j } from "./open.ts";
import { neo4jProblem } from "./problem.ts";
import { number } from "./row.ts";

/** What a Neo4j looks like from outside of a server. */
export interface Neo4jInspection {
  /** Name and version, such as `Neo4j/5.26.30`. */
  readonly agent: string;
  /** Why the user cannot write; undefined if it can. */
  readonly unwritable: string | undefined;
  /** Milliseconds by which the clock of the server is ahead, give or take half a round trip. */
  readonly clockAhead: number;
}

/** Reads a database and tries a write that it takes back. `now` is in epoch milliseconds. */
export async function inspectNeo4j(
  address: string,
  credentials: Credentials,
  database: string | undefined,
  now: () => number,
): Promise<Result<Neo4jInspection, Problem>> {
  const location = { address, database };
  const connection = connect(address, credentials, database);
  try {
    const problem = await openNeo4j(connection, location, { readOnly: true, writer: "" });
    if (problem !== undefined && problem.code !== "store.not-found") {
      return fail(problem);
    }
    const before = now();
    const [row] = await connection.reading.run("RETURN timestamp() AS now");
    const between = (before + now()) / 2;
    const transaction = await connection.begin();
    const unwritable = await transaction.run("CREATE (n:StemmaDoctor) RETURN 1 AS written").then(
      () => undefined,
      (error: unknown) => neo4jProblem(error, location)?.message ?? String(error),
    );
    await transaction.rollback();
    return ok({
      agent: await connection.serverAgent(),
      unwritable,
      clockAhead: row === undefined ? 0 : Math.round(number(row, "now") - between),
    });
  } catch (error) {
    const problem = neo4jProblem(error, location);
    if (problem === undefined) {
      throw error;
    }
    return fail(problem);
  } finally {
    await connection.close();
  }
}

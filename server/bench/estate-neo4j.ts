import type { Config } from "../config.ts";
import { connect, number } from "../store/neo4j/connection.ts";

/** Nodes per transaction: what is deleted at once is held in the server's memory. */
const AT_ONCE = 10_000;

/** Deletes what a bench has written; constraints and indexes stay. */
export async function emptyNeo4j({ store, neo4j: { user, password = "", database } }: Config): Promise<void> {
  const connection = connect(store, { user, password }, database);
  try {
    for (let deleted = AT_ONCE; deleted > 0; ) {
      const [row] = await connection.writing.run(
        "MATCH (n) WHERE NOT n:StemmaSchema WITH n LIMIT $most DETACH DELETE n RETURN count(*) AS deleted",
        { most: AT_ONCE },
      );
      deleted = row === undefined ? 0 : number(row, "deleted");
    }
  } finally {
    await connection.close();
  }
}

import type { Config } from "../config.ts";
import { connect } from "../store/neo4j/connection.ts";
import { number } from "../store/neo4j/row.ts";

/** Nodes per transaction: the server holds a transaction in memory. */
const BATCH = 10_000;

/** Deletes everything a benchmark wrote; constraints and indexes stay. */
export async function emptyNeo4j({ store, neo4j: { user, password = "", database } }: Config): Promise<void> {
  const connection = connect(store, { user, password }, database);
  try {
    for (let deleted = BATCH; deleted > 0; ) {
      const [row] = await connection.writing.run(
        "MATCH (n) WHERE NOT n:StemmaSchema WITH n LIMIT $limit DETACH DELETE n RETURN count(*) AS deleted",
        { limit: BATCH },
      );
      deleted = row === undefined ? 0 : number(row, "deleted");
    }
  } finally {
    await connection.close();
  }
}

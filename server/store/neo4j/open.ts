import type { Problem } from "#contracts/problem";
import type { Connection } from "./connection.ts";
import { migrate, newestSchema, schemaVersion } from "./migrations.ts";
import { neo4jProblem, type Place } from "./problem.ts";

/** Major and minor; older ones lack parts of Cypher that are used here. */
const OLDEST = [5, 26] as const;
/** After a day without a write nobody asks any more whether one was kept, in milliseconds. */
const FORGET_WRITERS = 86_400_000;

/**
 * Looks at the database before it is used: whether it answers, lets us in, is a Neo4j that we know, holds nothing of others,
 * can be written to unless `readOnly`; and brings its schema up to date. The problem, if there is one.
 */
export async function openNeo4j(
  connection: Connection,
  place: Place,
  { readOnly, writer }: { readonly readOnly: boolean; readonly writer: string },
): Promise<Problem | undefined> {
  try {
    const refused =
      unknownServer(await connection.serverAgent(), place) ??
      (readOnly
        ? await unfit(connection, place)
        : ((await foreign(connection, place)) ?? (await migrate(connection, place))));
    if (refused === undefined && !readOnly) {
      // A database that is read-only is to be refused here, not at the first alert that somebody closes.
      await connection.writing.run("MERGE (w:Writer {id: $writer}) SET w.at = timestamp()", { writer });
      await connection.writing.run("MATCH (w:Writer) WHERE w.at < timestamp() - $age DELETE w", {
        age: FORGET_WRITERS,
      });
    }
    return refused;
  } catch (error) {
    const problem = neo4jProblem(error, place);
    if (problem === undefined) {
      throw error;
    }
    return problem;
  }
}

/** Undefined for a server that we know. Years as versions (2025.1) follow on 5. */
export function unknownServer(agent: string, place: Place): Problem | undefined {
  const at = { file: place.address };
  const remedy = `Use Neo4j ${OLDEST.join(".")} or newer.`;
  const version = /^Neo4j\/(\d+)\.(\d+)/.exec(agent);
  if (version === null) {
    return { code: "store.unsupported", message: `this server is no Neo4j: it calls itself "${agent}"`, at, remedy };
  }
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
    ? { code: "store.unsupported", message: `this is ${agent}, which is too old`, at, remedy }
    : undefined;
}

/** Labels such as `Host` and `User` may well mean something else in somebody's database. */
async function foreign(connection: Connection, place: Place): Promise<Problem | undefined> {
  if ((await schemaVersion(connection)) > 0) {
    return undefined;
  }
  const rows = await connection.reading.run("MATCH (n) RETURN 1 AS found LIMIT 1");
  return rows.length === 0
    ? undefined
    : {
        code: "store.foreign",
        message: "this Neo4j database holds data that Stemma has not written; it is left untouched",
        at: { file: place.address },
        remedy: "Name an empty database with STEMMA_NEO4J_DATABASE, or use another server.",
      };
}

/** Why reading alone cannot go on. */
async function unfit(connection: Connection, place: Place): Promise<Problem | undefined> {
  const version = await schemaVersion(connection);
  const at = { file: place.address };
  if (version === 0) {
    return {
      code: "store.not-found",
      message: "there is no Stemma database yet",
      at,
      remedy: "Run `stemma ingest PATH…` or `stemma serve` first, or name another store.",
    };
  }
  if (version < newestSchema) {
    return {
      code: "store.older-schema",
      message: "this database was written by an older version of Stemma and has not been brought up to date",
      at,
      remedy: "Run `stemma serve` or `stemma ingest` once: they bring it up to date.",
    };
  }
  return version > newestSchema
    ? {
        code: "store.newer-schema",
        message: `this database has schema ${version}; this version of Stemma knows ${newestSchema}`,
        at,
        remedy: "Use the newer version of Stemma that wrote it, or another database.",
      }
    : undefined;
}

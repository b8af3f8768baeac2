import type { Problem } from "#contracts/problem";
import type { Connection } from "./connection.ts";
import { migrate, newerSchema, newestSchema, schemaVersion } from "./migrations.ts";
import { type DatabaseLocation, neo4jProblem } from "./problem.ts";

/** Major and minor version. Older ones lack Cypher features that are used here. */
const OLDEST_VERSION = [5, 26] as const;
/** A writer that has not written for this long no longer needs to know whether a commit succeeded, in milliseconds. */
const WRITER_RETENTION = 86_400_000;

/**
 * Checks the database before it is used: that it responds, accepts the credentials, is a supported Neo4j, holds no
 * foreign data and, unless `readOnly`, can be written to. Migrates its schema. Returns the problem, if there is one.
 */
export async function openNeo4j(
  connection: Connection,
  location: DatabaseLocation,
  { readOnly, writer }: { readonly readOnly: boolean; readonly writer: string },
): Promise<Problem | undefined> {
  try {
    const problem =
      unsupportedServer(await connection.serverAgent(), location) ??
      (readOnly
        ? await unreadableSchema(connection, location)
        : ((await foreignData(connection, location)) ?? (await migrate(connection, location))));
    if (problem === undefined && !readOnly) {
      // A read-only database has to fail here, not when somebody closes the first alert.
      await connection.writing.run("MERGE (w:Writer {id: $writer}) SET w.at = timestamp()", { writer });
      await connection.writing.run("MATCH (w:Writer) WHERE w.at < timestamp() - $age DELETE w", {
        age: WRITER_RETENTION,
      });
    }
    return problem;
  } catch (error) {
    const problem = neo4jProblem(error, location);
    if (problem === undefined) {
      throw error;
    }
    return problem;
  }
}

/** Undefined for a supported server. Calendar versions (2025.1) follow 5. */
export function unsupportedServer(agent: string, location: DatabaseLocation): Problem | undefined {
  const at = { file: location.address };
  const remedy = `Use Neo4j ${OLDEST_VERSION.join(".")} or newer.`;
  const version = /^Neo4j\/(\d+)\.(\d+)/.exec(agent);
  if (version === null) {
    return { code: "store.unsupported", message: `this server is not Neo4j: it identifies as "${agent}"`, at, remedy };
  }
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major < OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor < OLDEST_VERSION[1])
    ? { code: "store.unsupported", message: `${agent} is too old`, at, remedy }
    : undefined;
}

/** Labels such as `Host` and `User` may mean something else in another database. */
async function foreignData(connection: Connection, location: DatabaseLocation): Promise<Problem | undefined> {
  if ((await schemaVersion(connection)) > 0) {
    return undefined;
  }
  const rows = await connection.reading.run("MATCH (n) RETURN 1 AS found LIMIT 1");
  return rows.length === 0
    ? undefined
    : {
        code: "store.foreign",
        message: "this Neo4j database holds data that was not written by Stemma; it was not changed",
        at: { file: location.address },
        remedy: "Choose an empty database with STEMMA_NEO4J_DATABASE, or use another server.",
      };
}

/** Why the database cannot be opened read-only. */
async function unreadableSchema(connection: Connection, location: DatabaseLocation): Promise<Problem | undefined> {
  const version = await schemaVersion(connection);
  const at = { file: location.address };
  if (version === 0) {
    return {
      code: "store.not-found",
      message: "there is no Stemma database at this address yet",
      at,
      remedy: "Run `stemma ingest PATH…` or `stemma serve` first, or choose another store.",
    };
  }
  if (version < newestSchema) {
    return {
      code: "store.older-schema",
      message: "this database was written by an older version of Stemma and has not been migrated",
      at,
      remedy: "Run `stemma serve` or `stemma ingest` once to migrate it.",
    };
  }
  return version > newestSchema ? newerSchema(version, location) : undefined;
}

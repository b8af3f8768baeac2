import type { Problem } from "#contracts/problem";
import { readAlert } from "../alerts/body.ts";
import { alertPrefilterSchema, savePrefilterValues } from "./alerts/prefilter.ts";
import { alertSchema, workSchema } from "./alerts/schema.ts";
import { type Connection, number, text } from "./connection.ts";
import { eventSchema } from "./events/rows.ts";
import { lineageSchema } from "./lineage/schema.ts";
import type { Place } from "./problem.ts";
import { index, unique } from "./schema.ts";

/** A step of the schema: forward only, never edited after a release. Each statement may be run again. */
interface Migration {
  readonly number: number;
  readonly statements: readonly string[];
  /** What follows from what is stored already; may be run again. */
  readonly fill?: (connection: Connection) => Promise<void>;
}

/** Who may write and who may ingest (`turns.ts`), and what is kept by name alone. */
const housekeeping = [
  unique("turn_name", "Turn", "name"),
  unique("writer_id", "Writer", "id"),
  unique("ingest_id", "Ingest", "id"),
  unique("setting_key", "Setting", "key"),
  unique("engine_state_key", "EngineState", "key"),
  index("engine_state_scope", "EngineState", "scope"),
  unique("rule_version", "RuleVersion", "ruleId", "hash"),
];

export const migrations: readonly Migration[] = [
  { number: 1, statements: [...housekeeping, ...eventSchema, ...alertSchema, ...workSchema, ...lineageSchema] },
  { number: 2, statements: alertPrefilterSchema, fill: narrowStoredAlerts },
];

/** Alerts of one write of a migration. */
const PAGE = 500;

/** Each page in the turn of writers, so that no alert changes between reading and writing it. */
async function narrowStoredAlerts(connection: Connection): Promise<void> {
  for (let last: string | undefined = ""; last !== undefined; ) {
    const transaction = await connection.begin();
    try {
      await transaction.run("MERGE (t:Turn {name: 'write'}) SET t.asked = timestamp()");
      const rows = await transaction.run(
        "MATCH (a:Alert) WHERE a.id > $last RETURN a.id AS id, a.body AS body ORDER BY id LIMIT $limit",
        { last, limit: PAGE },
      );
      savePrefilterValues(
        transaction,
        rows.map((row) => readAlert(text(row, "body"))),
      );
      await transaction.commit();
      const end = rows.at(-1);
      last = end === undefined ? undefined : text(end, "id");
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }
}

const newest = migrations.at(-1)?.number ?? 0;

/**
 * Brings the schema up to date, or says why not. Several processes may do so at once: each statement leaves what is there,
 * and the version is written last. Indexes are awaited.
 */
export async function migrate(connection: Connection, place: Place): Promise<Problem | undefined> {
  const version = await schemaVersion(connection);
  if (version > newest) {
    return {
      code: "store.newer-schema",
      message: `this database has schema ${version}; this version of Stemma knows ${newest}`,
      at: { file: place.address },
      remedy: "Use the newer version of Stemma that wrote it, or another database.",
    };
  }
  for (const migration of migrations.filter((candidate) => candidate.number > version)) {
    for (const statement of migration.statements) {
      await connection.writing.run(statement);
    }
    await connection.writing.run("CALL db.awaitIndexes(300)");
    await migration.fill?.(connection);
    await connection.writing.run(
      "MERGE (s:StemmaSchema {name: 'schema'}) SET s.version = CASE WHEN s.version > $number THEN s.version ELSE $number END",
      { number: migration.number },
    );
  }
  return undefined;
}

/** 0 where Stemma has never written. */
export async function schemaVersion(connection: Connection): Promise<number> {
  const [row] = await connection.reading.run("MATCH (s:StemmaSchema {name: 'schema'}) RETURN s.version AS version");
  return row === undefined ? 0 : number(row, "version");
}

export { newest as newestSchema };

import type { Problem } from "#contracts/problem";
import { alertOf, encodedSearchTexts } from "../alerts/body.ts";
import { alertHeadSchema } from "./alerts/heads.ts";
import { alertPrefilterSchema, savePrefilterValues } from "./alerts/prefilter.ts";
import { alertSchema, workSchema } from "./alerts/schema.ts";
import { auditTimeSchema } from "./audit/reader.ts";
import { batchLeftSchema, batchSchema } from "./batches/adapter.ts";
import type { Connection, WriteTransaction } from "./connection.ts";
import { deliverySchema } from "./deliveries/adapter.ts";
import { activitySchema, deriveActivity } from "./events/activity.ts";
import { eventSchema } from "./events/rows.ts";
import { programNames } from "./find/reader.ts";
import { incidentSchema } from "./incidents/adapter.ts";
import { countStoredLogons } from "./lineage/accounts.ts";
import { hostSchema } from "./lineage/hosts.ts";
import { lineageSchema } from "./lineage/schema.ts";
import { peopleSchema } from "./people/schema.ts";
import type { DatabaseLocation } from "./problem.ts";
import { proposalSchema, proposalStateSchema } from "./proposals/adapter.ts";
import { number, type Row, text } from "./row.ts";
import { savedViewSchema } from "./saved-views/adapter.ts";
import { index, unique } from "./schema.ts";
import { attachedTextSchema } from "./triage/adapter.ts";
import { valueListSchema } from "./value-lists/adapter.ts";

/** One step of the schema. Steps only move forward, are never edited after a release, and can be repeated safely. */
interface Migration {
  readonly number: number;
  readonly statements: readonly string[];
  /** Derives values for data that is already stored. */
  readonly backfill?: (connection: Connection) => Promise<void>;
}

/** `Turn` nodes are the locks of writers and ingests (see docs/decisions/0018). */
const housekeepingSchema = [
  unique("turn_name", "Turn", "name"),
  unique("writer_id", "Writer", "id"),
  unique("ingest_id", "Ingest", "id"),
  unique("setting_key", "Setting", "key"),
  unique("engine_state_key", "EngineState", "key"),
  index("engine_state_scope", "EngineState", "scope"),
  unique("rule_version", "RuleVersion", "ruleId", "hash"),
];

export const migrations: readonly Migration[] = [
  { number: 1, statements: [...housekeepingSchema, ...eventSchema, ...alertSchema, ...workSchema, ...lineageSchema] },
  { number: 2, statements: alertPrefilterSchema, backfill: backfillPrefilter },
  { number: 3, statements: peopleSchema },
  { number: 4, statements: proposalSchema },
  { number: 5, statements: proposalStateSchema },
  { number: 6, statements: [countStoredLogons] },
  { number: 7, statements: hostSchema },
  { number: 8, statements: programNames },
  { number: 9, statements: incidentSchema },
  { number: 10, statements: [], backfill: searchDecodedTexts },
  { number: 11, statements: savedViewSchema },
  { number: 12, statements: [...alertHeadSchema, ...auditTimeSchema] },
  { number: 13, statements: deliverySchema },
  { number: 14, statements: batchSchema },
  { number: 15, statements: batchLeftSchema },
  { number: 16, statements: activitySchema, backfill: deriveActivity },
  { number: 17, statements: attachedTextSchema },
  { number: 18, statements: valueListSchema },
];

/** Alerts per transaction of a backfill. */
const PAGE = 500;

/** Each page holds the lock of writers, so that no alert changes between reading and writing it. */
async function forAllAlerts(
  connection: Connection,
  change: (transaction: WriteTransaction, rows: readonly Row[]) => void,
): Promise<void> {
  for (let last: string | undefined = ""; last !== undefined; ) {
    const transaction = await connection.begin();
    try {
      await transaction.run("MERGE (t:Turn {name: 'write'}) SET t.asked = timestamp()");
      const rows = await transaction.run(
        "MATCH (a:Alert) WHERE a.id > $last RETURN a.id AS id, a.body AS body, a.status AS status, a.closeReason AS closeReason ORDER BY id LIMIT $limit",
        { last, limit: PAGE },
      );
      change(transaction, rows);
      await transaction.commit();
      const end = rows.at(-1);
      last = end === undefined ? undefined : text(end, "id");
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }
}

async function backfillPrefilter(connection: Connection): Promise<void> {
  await forAllAlerts(connection, (transaction, rows) => savePrefilterValues(transaction, rows.map(alertOf)));
}

/** Alerts that were written before their text filter searched what is encoded in them. See docs/decisions/0055. */
async function searchDecodedTexts(connection: Connection): Promise<void> {
  await forAllAlerts(connection, (transaction, rows) =>
    transaction.later("UNWIND $alerts AS alert MATCH (a:Alert {id: alert.id}) SET a.search = alert.search", {
      alerts: encodedSearchTexts(rows),
    }),
  );
}

export const newestSchema = migrations.at(-1)?.number ?? 0;

/**
 * Migrates the schema, or returns why that is not possible. Several processes may do so at once: statements leave alone
 * what exists, and the version is written last. Waits until the indexes are online.
 */
export async function migrate(connection: Connection, location: DatabaseLocation): Promise<Problem | undefined> {
  const version = await schemaVersion(connection);
  if (version > newestSchema) {
    return newerSchema(version, location);
  }
  for (const migration of migrations.filter((candidate) => candidate.number > version)) {
    for (const statement of migration.statements) {
      await connection.writing.run(statement);
    }
    await connection.writing.run("CALL db.awaitIndexes(300)");
    await migration.backfill?.(connection);
    await connection.writing.run(
      "MERGE (s:StemmaSchema {name: 'schema'}) SET s.version = CASE WHEN s.version > $number THEN s.version ELSE $number END",
      { number: migration.number },
    );
  }
  return undefined;
}

/** 0 if Stemma has never written to the database. */
export async function schemaVersion(connection: Connection): Promise<number> {
  const [row] = await connection.reading.run("MATCH (s:StemmaSchema {name: 'schema'}) RETURN s.version AS version");
  return row === undefined ? 0 : number(row, "version");
}

export function newerSchema(version: number, location: DatabaseLocation): Problem {
  return {
    code: "store.newer-schema",
    message: `this database has schema version ${version}; this version of Stemma supports up to ${newestSchema}`,
    at: { file: location.address },
    remedy: "Use the newer version of Stemma that wrote it, or choose another database.",
  };
}

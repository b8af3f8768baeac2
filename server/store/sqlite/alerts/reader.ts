import type { Page } from "#contracts/page";
import type { AlertRecord, IncidentMerge } from "../../../alert/record.ts";
import type { Condition } from "../../../condition/tree.ts";
import { alertOf } from "../../alerts/body.ts";
import { coveredAlerts } from "../../alerts/covered.ts";
import { type AlertRows, eachAlert, findAlerts } from "../../alerts/find.ts";
import type { AlertQuery, AlertReader } from "../../alerts/port.ts";
import { prefilterAlerts } from "../../alerts/prefilter.ts";
import { memoizedQueue } from "../../alerts/queue-page.ts";
import { ifReadable, readable } from "../../damage.ts";
import type { LineageReader } from "../../lineage/port.ts";
import { allOf, type Clause, equalsIfSet, inAccounts, oneOf, within } from "../clause.ts";
import { type Connection, number, text } from "../connection.ts";
import { coveredRows } from "./covered.ts";
import { alertFigures } from "./figures.ts";
import { alertHeads } from "./heads.ts";
import { alertIndexes, fromCandidates } from "./prefilter.ts";
import { queueRows, queueVersion } from "./queue.ts";

/** In milliseconds. */
const DAY = 86_400_000;
/** An alert whose body is missing is damaged, not absent: its row has no body, which no decoder accepts. */
const withBodies = "alerts LEFT JOIN alert_bodies USING (id)";

export function alertReader(connection: Connection, accounts: LineageReader["accounts"]): AlertReader {
  const rows = queueRows(connection);
  const queue = memoizedQueue(rows, () => queueVersion(connection), accounts);
  return {
    get: async (id) => getAlert(connection, id),
    find: (query) => findInStore(connection, query),
    merges: async (lineages) => mergesOf(connection, lineages),
    async *each(query) {
      const { rows, remaining } = await alertRows(connection, query);
      yield* eachAlert({ ...query, condition: remaining }, rows);
    },
    queue,
    covered: (selection) => coveredAlerts(coveredRows(connection), rows, accounts, selection),
    async perDay(ruleId) {
      return connection
        .prepare(
          // Numbers group several times as fast as texts of dates. Division would round up before 1970.
          `SELECT time - (time % ${DAY} + ${DAY}) % ${DAY} AS day, count(*) AS count
           FROM alerts WHERE rule_id = ? GROUP BY 1 ORDER BY 1`,
        )
        .all(ruleId)
        .map((row) => ({
          day: new Date(number(row, "day")).toISOString().slice(0, 10),
          count: number(row, "count"),
        }));
    },
    ...alertFigures(connection),
    ...alertHeads(connection),
  };
}

export function mergesOf(connection: Connection, lineages: readonly string[]): ReadonlyMap<string, IncidentMerge> {
  const one = connection.prepare(
    `SELECT id, body, status, close_reason AS closeReason FROM ${withBodies} WHERE merge_from = ? ORDER BY time, id LIMIT 1`,
  );
  return new Map(
    lineages.flatMap((lineage) => {
      const row = one.get(lineage);
      const merged = row === undefined ? undefined : alertOf(row).merged;
      return merged === undefined ? [] : [[lineage, merged] as const];
    }),
  );
}

/** By current or former id. */
export function getAlert(connection: Connection, id: string): AlertRecord | undefined {
  const row =
    connection
      .prepare(`SELECT id, body, status, close_reason AS closeReason FROM ${withBodies} WHERE id = ?`)
      .get(id) ??
    connection
      .prepare(
        `SELECT id, body, status, close_reason AS closeReason FROM ${withBodies} WHERE id = (SELECT id FROM alert_aliases WHERE old_id = ?)`,
      )
      .get(id);
  return row === undefined ? undefined : alertOf(row);
}

export async function findInStore(connection: Connection, query: AlertQuery): Promise<Page<AlertRecord>> {
  const { rows, remaining } = await alertRows(connection, query);
  return findAlerts({ ...query, condition: remaining }, rows);
}

/** The rows of a query, and what of its condition remains to be tested. */
async function alertRows(
  connection: Connection,
  query: Omit<AlertQuery, "cursor" | "limit">,
): Promise<{ readonly rows: AlertRows; readonly remaining: Condition | undefined }> {
  const [after, direction] = query.order === "oldest-first" ? [">", "ASC"] : ["<", "DESC"];
  const { candidates, remaining } = await prefilterAlerts(query.condition, alertIndexes(connection));
  const from = fromCandidates(candidates);
  const where = clauseOf(query);
  const positions = `SELECT alerts.id AS id, time FROM ${from.sql} WHERE ${where.sql} AND (time, alerts.id) ${after} (?, ?)
    ORDER BY time ${direction}, alerts.id ${direction} LIMIT ?`;
  const parameters = [...from.parameters, ...where.parameters];
  const rows: AlertRows = {
    async count() {
      const row = connection.prepare(`SELECT count(*) AS total FROM ${from.sql} WHERE ${where.sql}`).get(...parameters);
      return row === undefined ? 0 : number(row, "total");
    },
    async after(time, id, limit) {
      return connection
        .prepare(
          `SELECT found.id AS id, found.time AS time, body, a.status AS status, a.close_reason AS closeReason
           FROM (${positions}) found JOIN alerts a ON a.id = found.id LEFT JOIN alert_bodies b ON b.id = found.id
           ORDER BY found.time ${direction}, found.id ${direction}`,
        )
        .all(...parameters, time, id, limit)
        .map((row) => ({ time: number(row, "time"), id: text(row, "id"), alert: ifReadable(row, alertOf) }));
    },
    async positionsAfter(time, id, limit) {
      return connection
        .prepare(positions)
        .all(...parameters, time, id, limit)
        .map((row) => ({ time: number(row, "time"), id: text(row, "id") }));
    },
    async withIds(ids) {
      const wanted = oneOf("id", ids);
      const found = connection.prepare(
        `SELECT id, body, status, close_reason AS closeReason FROM ${withBodies} WHERE ${wanted.sql}`,
      );
      return readable(found.all(...wanted.parameters), alertOf);
    },
  };
  return { rows, remaining };
}

/** Everything a query filters by, except for its condition. */
function clauseOf(query: Omit<AlertQuery, "limit">): Clause {
  const list = (column: string, values: readonly string[] | undefined): Clause[] =>
    values === undefined ? [] : [oneOf(column, values)];
  return allOf(
    ...list("alerts.id", query.ids),
    ...list("rule_id", query.ruleIds),
    ...list("host", query.hosts),
    ...list("user_key", query.userKeys),
    ...(query.accounts === undefined ? [] : [inAccounts(query.accounts, { user: "user_key", host: "host" })]),
    ...list("process_key", query.processKeys),
    ...list("status", query.statuses),
    ...equalsIfSet("root_key", query.rootKey),
    ...equalsIfSet("item_key", query.incidentKey),
    ...equalsIfSet("left_item", query.removedFrom),
    ...equalsIfSet("shape", query.commandTemplate),
    ...equalsIfSet("building_block", query.buildingBlock === undefined ? undefined : Number(query.buildingBlock)),
    within("time", query),
  );
}

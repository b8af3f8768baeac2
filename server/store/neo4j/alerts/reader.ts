import type { Page } from "#contracts/page";
import type { AlertRecord } from "../../../alert/record.ts";
import type { Condition } from "../../../condition/tree.ts";
import { readAlert } from "../../alerts/body.ts";
import { type AlertRows, eachAlert, findAlerts } from "../../alerts/find.ts";
import type { AlertQuery, AlertReader } from "../../alerts/port.ts";
import { prefilterAlerts } from "../../alerts/prefilter.ts";
import { memoizedQueue } from "../../alerts/queue-page.ts";
import { number, type Parameter, type Queries, text } from "../connection.ts";
import { countOf } from "../count-of.ts";
import { indexed, indexedIfAny } from "../indexed.ts";
import { isOneOf, QueryParameters, within } from "../parameters.ts";
import { alertFigures } from "./figures.ts";
import { alertIndexes, matchCandidates } from "./prefilter.ts";
import { queueRows } from "./queue.ts";

export function alertReader(queries: Queries): AlertReader {
  return {
    get: (id) => getAlert(queries, id),
    find: (query) => findInStore(queries, query),
    async *each(query) {
      const { rows, remaining } = await alertRows(queries, query);
      yield* eachAlert({ ...query, condition: remaining }, rows);
    },
    queue: memoizedQueue(queueRows(queries), () => writeCount(queries)),
    async perDay(ruleId) {
      const rows = await queries.run(
        `MATCH (a:Alert {ruleId: $ruleId})
         RETURN toString(date(datetime({epochMillis: a.time}))) AS day, count(*) AS count ORDER BY day`,
        { ruleId: indexed(ruleId) },
      );
      return rows.map((row) => ({ day: text(row, "day"), count: number(row, "count") }));
    },
    ...alertFigures(queries),
  };
}

/** The number of writes so far, by all processes. */
async function writeCount(queries: Queries): Promise<number> {
  const [row] = await queries.run("MATCH (t:Turn {name: 'write'}) RETURN t.writes AS writes");
  return row === undefined ? 0 : number(row, "writes");
}

/** By current or former id. */
export async function getAlert(queries: Queries, id: string): Promise<AlertRecord | undefined> {
  const [row] = await queries.run(
    `OPTIONAL MATCH (alias:AlertAlias {oldId: $id})
     MATCH (a:Alert) WHERE a.id IN [$id, alias.id]
     RETURN a.body AS body ORDER BY a.id = $id DESC LIMIT 1`,
    { id },
  );
  return row === undefined ? undefined : readAlert(text(row, "body"));
}

export async function findInStore(queries: Queries, query: AlertQuery): Promise<Page<AlertRecord>> {
  const { rows, remaining } = await alertRows(queries, query);
  return findAlerts({ ...query, condition: remaining }, rows);
}

/** The rows of a query, and what of its condition remains to be tested. */
async function alertRows(
  queries: Queries,
  query: Omit<AlertQuery, "cursor" | "limit">,
): Promise<{ readonly rows: AlertRows; readonly remaining: Condition | undefined }> {
  const { candidates, remaining } = await prefilterAlerts(query.condition, alertIndexes(queries));
  const parameters = new QueryParameters();
  const matching = `${matchCandidates(candidates, parameters)} AND ${filterOf(query, parameters)}`;
  const oldestFirst = query.order === "oldest-first";
  const after = oldestFirst
    ? "a.time >= $time AND (a.time > $time OR a.id > $id)"
    : "a.time <= $time AND (a.time < $time OR a.id < $id)";
  const direction = oldestFirst ? "ASC" : "DESC";
  const next = (what: string, time: number, id: string, limit: number) =>
    queries.run(
      `${matching} AND ${after} RETURN ${what} ORDER BY a.time ${direction}, a.id ${direction} LIMIT $limit`,
      { ...parameters.all, time, id, limit },
    );
  const rows: AlertRows = {
    count: () => countOf(queries, matching, "a", parameters.all),
    async after(time, id, limit) {
      return (await next("a.body AS body", time, id, limit)).map((row) => readAlert(text(row, "body")));
    },
    async positionsAfter(time, id, limit) {
      const found = await next("a.time AS time, a.id AS id", time, id, limit);
      return found.map((row) => ({ time: number(row, "time"), id: text(row, "id") }));
    },
    async withIds(ids) {
      const found = await queries.run("UNWIND $ids AS id MATCH (a:Alert {id: id}) RETURN a.body AS body", { ids });
      return found.map((row) => readAlert(text(row, "body")));
    },
  };
  return { rows, remaining };
}

/** Everything a query filters by, except for its condition. */
function filterOf(query: Omit<AlertQuery, "limit">, parameters: QueryParameters): string {
  const list = (property: string, wanted: readonly string[] | undefined): string[] =>
    wanted === undefined ? [] : [isOneOf(`a.${property}`, wanted, parameters)];
  const exact = (property: string, value: Parameter): string[] =>
    value === undefined ? [] : [`a.${property} = ${parameters.add(value)}`];
  return [
    ...list("id", query.ids),
    ...list("ruleId", query.ruleIds?.map(indexed)),
    ...list("host", query.hosts?.map(indexed)),
    ...list("userKey", query.userKeys?.map(indexed)),
    ...list("processKey", query.processKeys?.map(indexed)),
    ...list("status", query.statuses),
    ...exact("rootKey", indexedIfAny(query.rootKey)),
    ...exact("itemKey", indexedIfAny(query.incidentKey)),
    ...exact("leftItem", indexedIfAny(query.removedFrom)),
    ...exact("shape", indexedIfAny(query.commandTemplate)),
    ...exact("buildingBlock", query.buildingBlock),
    within("a.time", query, parameters),
  ].join(" AND ");
}

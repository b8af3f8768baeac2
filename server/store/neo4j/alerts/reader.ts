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
import type { Queries } from "../connection.ts";
import type { Parameter } from "../driver-value.ts";
import { indexed, indexedIfAny } from "../indexed.ts";
import { inAccounts, isOneOf, type QueryParameters, roundedLimit, within } from "../parameters.ts";
import { combinedReads, type Reads } from "../reads.ts";
import { number, text } from "../row.ts";
import { coveredRows } from "./covered.ts";
import { alertFigures } from "./figures.ts";
import { alertHeads } from "./heads.ts";
import { alertIndexes, matchCandidates } from "./prefilter.ts";
import { queueRows } from "./queue.ts";

/** Remembers pages as long as nothing is written, so there is one per store. */
export function alertQueue(
  queries: Queries,
  accounts: LineageReader["accounts"],
): Pick<AlertReader, "queue" | "covered"> {
  const rows = queueRows(queries, () => writeCount(queries));
  return {
    queue: memoizedQueue(rows, () => writeCount(queries), accounts),
    covered: (selection) => coveredAlerts(coveredRows(queries), rows, accounts, selection),
  };
}

export function alertReader(
  queries: Queries,
  reads: Reads,
  queue: Pick<AlertReader, "queue" | "covered">,
): AlertReader {
  return {
    async get(id) {
      const [row] = await reads.rows((parameters) => {
        const wanted = parameters.add(id);
        return `
          MATCH (a:Alert) WHERE a.id IN [${wanted}] + COLLECT { MATCH (x:AlertAlias {oldId: ${wanted}}) RETURN x.id }
          RETURN {id: a.id, body: a.body, status: a.status, closeReason: a.closeReason} ORDER BY a.id = ${wanted} DESC LIMIT 1`;
      });
      return row === undefined ? undefined : alertOf(row);
    },
    find: (query) => findWith(queries, reads, query),
    merges: (lineages) => mergesOf(queries, lineages),
    async *each(query) {
      const { rows, remaining } = await alertRows(queries, reads, query);
      yield* eachAlert({ ...query, condition: remaining }, rows);
    },
    ...queue,
    async perDay(ruleId) {
      const rows = await queries.run(
        `MATCH (a:Alert {ruleId: $ruleId})
         RETURN toString(date(datetime({epochMillis: a.time}))) AS day, count(*) AS count ORDER BY day`,
        { ruleId: indexed(ruleId) },
      );
      return rows.map((row) => ({ day: text(row, "day"), count: number(row, "count") }));
    },
    ...alertFigures(queries, reads),
    ...alertHeads(queries),
  };
}

/** The number of writes so far, by all processes. */
async function writeCount(queries: Queries): Promise<number> {
  const [row] = await queries.run("MATCH (t:Turn {name: 'write'}) RETURN coalesce(t.writes, 0) AS writes");
  return row === undefined ? 0 : number(row, "writes");
}

export async function mergesOf(
  queries: Queries,
  lineages: readonly string[],
): Promise<ReadonlyMap<string, IncidentMerge>> {
  if (lineages.length === 0) {
    return new Map();
  }
  const rows = await queries.run(
    `UNWIND $lineages AS lineage
     CALL (lineage) { MATCH (a:Alert {mergeFrom: lineage.indexed}) RETURN a ORDER BY a.time, a.id LIMIT 1 }
     RETURN lineage.index AS index, a.id AS id, a.body AS body, a.status AS status, a.closeReason AS closeReason`,
    { lineages: lineages.map((lineage, index) => ({ indexed: indexed(lineage), index })) },
  );
  return new Map(
    rows.flatMap((row) => {
      const { merged } = alertOf(row);
      return merged === undefined ? [] : [[lineages[number(row, "index")] ?? "", merged] as const];
    }),
  );
}

/** By current or former id. */
export async function getAlert(queries: Queries, id: string): Promise<AlertRecord | undefined> {
  const [row] = await queries.run(
    `OPTIONAL MATCH (alias:AlertAlias {oldId: $id})
     MATCH (a:Alert) WHERE a.id IN [$id, alias.id]
     RETURN a.id AS id, a.body AS body, a.status AS status, a.closeReason AS closeReason ORDER BY a.id = $id DESC LIMIT 1`,
    { id },
  );
  return row === undefined ? undefined : alertOf(row);
}

export async function findInStore(queries: Queries, query: AlertQuery): Promise<Page<AlertRecord>> {
  return findWith(queries, combinedReads(queries), query);
}

async function findWith(queries: Queries, reads: Reads, query: AlertQuery): Promise<Page<AlertRecord>> {
  const { rows, remaining } = await alertRows(queries, reads, query);
  return findAlerts({ ...query, condition: remaining }, rows);
}

/**
 * The rows of a query, and what of its condition remains to be tested. The count and the first page are one query,
 * which may answer other reads as well.
 */
async function alertRows(
  queries: Queries,
  shared: Reads,
  query: Omit<AlertQuery, "cursor" | "limit">,
): Promise<{ readonly rows: AlertRows; readonly remaining: Condition | undefined }> {
  const reads = shared.ofOneCall();
  const { candidates, remaining } = await prefilterAlerts(query.condition, alertIndexes(queries));
  const matching = (parameters: QueryParameters) =>
    `${matchCandidates(candidates, parameters)} AND ${filterOf(query, parameters)}`;
  const oldestFirst = query.order === "oldest-first";
  const direction = oldestFirst ? "ASC" : "DESC";
  const next = (columns: string, time: number, id: string, limit: number) =>
    reads
      .rows((parameters) => {
        const [t, i] = [parameters.add(time), parameters.add(id)];
        const after = oldestFirst
          ? `a.time >= ${t} AND (a.time > ${t} OR a.id > ${i})`
          : `a.time <= ${t} AND (a.time < ${t} OR a.id < ${i})`;
        return `${matching(parameters)} AND ${after}
          RETURN {${columns}} ORDER BY a.time ${direction}, a.id ${direction} LIMIT ${roundedLimit(limit)}`;
      })
      .then((found) => found.slice(0, limit));
  const rows: AlertRows = {
    count: () => reads.count((parameters) => `${matching(parameters)} RETURN a`),
    async after(time, id, limit) {
      const found = await next(
        "body: a.body, status: a.status, closeReason: a.closeReason, time: a.time, id: a.id",
        time,
        id,
        limit,
      );
      return found.map((row) => ({ time: number(row, "time"), id: text(row, "id"), alert: ifReadable(row, alertOf) }));
    },
    async positionsAfter(time, id, limit) {
      const found = await next("time: a.time, id: a.id", time, id, limit);
      return found.map((row) => ({ time: number(row, "time"), id: text(row, "id") }));
    },
    async withIds(ids) {
      const found = await reads.rows(
        (parameters) =>
          `UNWIND ${parameters.add(ids)} AS id MATCH (a:Alert {id: id}) RETURN {id: a.id, body: a.body, status: a.status, closeReason: a.closeReason}`,
      );
      return readable(found, alertOf);
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
    ...(query.accounts === undefined
      ? []
      : [inAccounts(query.accounts, { user: "a.userKey", host: "a.host" }, parameters)]),
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

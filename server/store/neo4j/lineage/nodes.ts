import { alertStatus, severity } from "#contracts/alert";
import type { Activity, ProcessNode } from "#contracts/lineage";
import { childGroupOf } from "../../../lineage/child-group.ts";
import { mergeProcessRecords } from "../../../lineage/merge-process-records.ts";
import { breaksCycle, type CycleMember, isBackwardEdge, parentEdge } from "../../../lineage/relations.ts";
import { readable, stored } from "../../damage.ts";
import type { Part, Reads } from "../reads.ts";
import { list, number, optionalNumber, optionalText, type Row, text, texts } from "../row.ts";
import { processRow, rowMap } from "./rows.ts";

/** The current process of a key: itself, or the one it was merged into, possibly through others. */
const CURRENT = "COLLECT { MATCH (given)-[:JOINED_TO*0..]->(p:Process) RETURN p }[0] AS p WHERE p IS NOT NULL";
/** Everything needed for the node of a process `p`, and `as`, what the query knows of it besides. */
export const node = (as: string) => `
  OPTIONAL MATCH (q:Identity)-[:SPAWNED]->(p)
  RETURN ${rowMap(
    "p",
    `${as},
    duplicates: COLLECT { MATCH (t:Identity {key: p.twin}) RETURN ${rowMap("t")} },
    parentKey: q.key, parentAt: q.at, parentName: q.ownName, parentObserved: q.observed,
    children: COUNT { (p)-[:SPAWNED]->() },
    alerts: COLLECT {
      MATCH (a:Alert {processKey: p.key})
      RETURN a {.id, .ruleName, .severity, .status, .buildingBlock} AS alert ORDER BY a.time, a.id
    }`,
  )}`;
const nodesByKey = (keys: string) => `
  UNWIND ${keys} AS requested
  MATCH (given:Identity {key: requested})
  WITH requested, ${CURRENT} ${node("requested: requested")}`;
/** Ancestors that are read of a process, whether or not all of them are wanted: each number would be planned anew. */
const GENERATIONS = 65;
/**
 * Every process has one parent, so there is one path; a cycle returns to its start. Ancestors that several processes
 * share are returned once. The number never comes from outside.
 */
const nodesUpwards = (keys: string, generations: number) => `
  UNWIND ${keys} AS asked
  MATCH (given:Identity {key: asked})
  WITH asked, ${CURRENT}
  MATCH (p)<-[:SPAWNED*0..${Math.max(GENERATIONS, Math.trunc(generations))}]-(up:Identity)
  WITH up, collect(DISTINCT CASE WHEN up = p THEN asked END) AS askedAs
  WITH up AS p, askedAs ${node("requested: p.key, askedAs: askedAs")}`;
const cyclesOf = (keys: string) => `
  UNWIND ${keys} AS key
  MATCH (p:Identity {key: key})
  MATCH cycle = (p)<-[:SPAWNED*1..]-(p)
  RETURN {key: p.key, cycle: [q IN nodes(cycle) | q {.key, .at}]}`;

const nodesUpFromAlert = (id: string, generations: number) => `
  MATCH (a:Alert) WHERE a.id IN [${id}] + COLLECT { MATCH (alias:AlertAlias {oldId: ${id}}) RETURN alias.id }
  WITH a ORDER BY a.id = ${id} DESC LIMIT 1
  WITH collect(a.processKey) AS keys ${nodesUpwards("keys", generations)}`;

/** Reads nodes by current or former key. */
export async function nodesByAnyKey(reads: Reads, keys: readonly string[]): Promise<ReadonlyMap<string, ProcessNode>> {
  const rows =
    keys.length === 0 ? [] : await reads.rows((parameters) => nodesByKey(parameters.add([...new Set(keys)])));
  return new Map(await nodesOf(reads, rows));
}

/**
 * Each process and its ancestors, at most `limit` of them, up to the root or to where a cycle is broken. Unknown keys
 * are omitted.
 */
export async function pathsUp(
  reads: Reads,
  keys: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, readonly ProcessNode[]>> {
  return keys.length === 0
    ? new Map()
    : pathsOf(reads, (parameters) => nodesUpwards(parameters.add([...new Set(keys)]), limit), limit);
}

/** The path of the process of an alert; undefined if the alert is not known or has none. */
export async function pathUpFromAlert(
  reads: Reads,
  id: string,
  limit: number,
): Promise<readonly ProcessNode[] | undefined> {
  const paths = await pathsOf(reads, (parameters) => nodesUpFromAlert(parameters.add(id), limit), limit);
  return [...paths.values()][0];
}

async function pathsOf(reads: Reads, part: Part, limit: number): Promise<ReadonlyMap<string, readonly ProcessNode[]>> {
  const rows = await reads.rows(part);
  const nodes = new Map(await nodesOf(reads, rows));
  const parents = new Map(rows.map((row) => [text(row, "requested"), optionalText(row, "parentKey")]));
  const pathFrom = (key: string): readonly ProcessNode[] => {
    const path = new Map<string, ProcessNode>();
    for (let node = nodes.get(key); node !== undefined && path.size <= limit && !path.has(node.key); ) {
      path.set(node.key, node);
      node = node.parent === undefined ? undefined : nodes.get(parents.get(node.key) ?? "");
    }
    return [...path.values()];
  };
  return new Map(
    rows.flatMap((row) => texts(row, "askedAs").map((asked) => [asked, pathFrom(text(row, "key"))] as const)),
  );
}

/** The nodes of rows, with the keys by which they were requested. */
export async function nodesOf(
  reads: Reads,
  rows: readonly Row[],
): Promise<readonly (readonly [string, ProcessNode])[]> {
  const suspects = rows.filter((row) => isBackwardEdge(timesOf(row))).map((row) => text(row, "key"));
  const cycles = await readCycles(reads, suspects);
  return readable(rows, (row) => {
    const key = text(row, "key");
    return [text(row, "requested"), nodeOf(row, breaksCycle(key, cycles.get(key) ?? []))] as const;
  });
}

async function readCycles(reads: Reads, keys: readonly string[]): Promise<ReadonlyMap<string, readonly CycleMember[]>> {
  const rows = keys.length === 0 ? [] : await reads.rows((parameters) => cyclesOf(parameters.add(keys)));
  return new Map(
    rows.map((row) => {
      const nodes = list(row, "cycle");
      const cycle = nodes.slice(0, -1).map((node, index) => ({
        key: text(node, "key"),
        at: optionalNumber(node, "at"),
        parentAt: optionalNumber(nodes[index + 1] ?? {}, "at"),
      }));
      return [text(row, "key"), cycle];
    }),
  );
}

function timesOf(row: Row): Pick<CycleMember, "at" | "parentAt"> {
  return { at: optionalNumber(row, "at"), parentAt: optionalNumber(row, "parentAt") };
}

function nodeOf(row: Row, isCut: boolean): ProcessNode {
  const own = processRow(row);
  const [duplicateRow] = list(row, "duplicates");
  const duplicate = duplicateRow === undefined ? undefined : processRow(duplicateRow);
  const parent =
    row["parentObserved"] === null
      ? undefined
      : { observed: row["parentObserved"] === true, name: optionalText(row, "parentName") };
  const merged = mergeProcessRecords(own, duplicate);
  return {
    ...merged,
    childGroup: optionalText(row, "cluster") ?? childGroupOf(merged),
    ...parentEdge(own, duplicate, parent, isCut),
    activity: activityOf(row),
    childCount: number(row, "children"),
    alerts: list(row, "alerts").map(alertOf),
  };
}

const alertOf = stored("alert", (alert: Row): ProcessNode["alerts"][number] => {
  return {
    id: text(alert, "id"),
    ruleName: text(alert, "ruleName"),
    severity: severity.parse(alert["severity"]),
    status: alertStatus.parse(alert["status"]),
    buildingBlock: alert["buildingBlock"] === true,
  };
});

/** What was never counted of a process is not stored. */
export function activityOf(row: Row): Activity {
  const count = (column: string) => optionalNumber(row, column) ?? 0;
  return {
    network: count("network"),
    dns: count("dns"),
    file: count("file"),
    registry: count("registry"),
    module: count("module"),
    access: count("access"),
    injection: count("injection"),
  };
}

import { alertStatus, severity } from "#contracts/alert";
import type { Activity, ProcessNode } from "#contracts/lineage";
import { childGroupOf } from "../../../lineage/child-group.ts";
import { mergeProcessRecords } from "../../../lineage/merge-process-records.ts";
import { breaksCycle, type CycleMember, isBackwardEdge, parentEdge } from "../../../lineage/relations.ts";
import { list, number, optionalNumber, optionalText, type Queries, type Row, text } from "../connection.ts";
import { processRow, rowMap, STORED_ROW } from "./rows.ts";

/** The current process of a key: itself, or the one it was merged into, possibly through others. */
const CURRENT = "COLLECT { MATCH (given)-[:JOINED_TO*0..]->(p:Process) RETURN p }[0] AS p WHERE p IS NOT NULL";
/** Everything needed for the node of a process `p`, and the key by which it was requested. */
const NODE = `
  OPTIONAL MATCH (q:Identity)-[:SPAWNED]->(p)
  RETURN requested, ${STORED_ROW}, p.at AS at,
    COLLECT { MATCH (t:Identity {key: p.twin}) RETURN ${rowMap("t")} } AS duplicates,
    q.at AS parentAt, q.ownName AS parentName, q.observed AS parentObserved,
    COUNT { (p)-[:SPAWNED]->() } AS children,
    coalesce(p.network, 0) AS network, coalesce(p.dns, 0) AS dns, coalesce(p.file, 0) AS file,
    coalesce(p.registry, 0) AS registry, coalesce(p.module, 0) AS module, coalesce(p.access, 0) AS access,
    coalesce(p.injection, 0) AS injection,
    COLLECT {
      MATCH (a:Alert {processKey: p.key})
      RETURN a {.id, .ruleName, .severity, .status, .buildingBlock} AS alert ORDER BY a.time, a.id
    } AS alerts`;
const nodesByKey = `
  UNWIND $keys AS requested
  MATCH (given:Identity {key: requested})
  WITH requested, ${CURRENT} ${NODE}`;
/**
 * Every process has one parent, so there is one path; a cycle returns to its start. The number never comes from
 * outside.
 */
const nodesUpwards = (generations: number) => `
  MATCH (given:Identity {key: $key})
  WITH ${CURRENT}
  MATCH (p)<-[path:SPAWNED*0..${Math.trunc(generations)}]-(up:Identity)
  WITH up AS p, up.key AS requested, size(path) AS depth ${NODE}, depth`;
const currentKeysOf = `
  UNWIND $keys AS key
  MATCH (given:Identity {key: key})
  WITH key, ${CURRENT}
  RETURN key, p.key AS current`;
const cyclesOf = `
  UNWIND $keys AS key
  MATCH (p:Identity {key: key})
  MATCH cycle = (p)<-[:SPAWNED*1..]-(p)
  RETURN p.key AS key, [q IN nodes(cycle) | q {.key, .at}] AS cycle`;

/** Reads nodes by current or former key, in the order of the keys. Unknown keys are omitted. */
export async function readNodes(queries: Queries, keys: readonly string[]): Promise<readonly ProcessNode[]> {
  const nodes = await nodesByAnyKey(queries, keys);
  return keys.flatMap((key) => nodes.get(key) ?? []);
}

/** Reads nodes by current or former key. */
export async function nodesByAnyKey(
  queries: Queries,
  keys: readonly string[],
): Promise<ReadonlyMap<string, ProcessNode>> {
  const rows = keys.length === 0 ? [] : await queries.run(nodesByKey, { keys: [...new Set(keys)] });
  const nodes = new Map(await nodesOf(queries, rows));
  // In the order of the keys.
  return new Map(
    keys.flatMap((key): [string, ProcessNode][] => {
      const node = nodes.get(key);
      return node === undefined ? [] : [[key, node]];
    }),
  );
}

/**
 * The process and its ancestors, at most `limit` of them, up to the root or to where a cycle is broken. Empty if
 * unknown.
 */
export async function pathUp(queries: Queries, key: string, limit: number): Promise<readonly ProcessNode[]> {
  const rows = await queries.run(nodesUpwards(limit), { key });
  const inOrder = rows.toSorted((a, b) => number(a, "depth") - number(b, "depth"));
  const path = [...new Map(await nodesOf(queries, inOrder)).values()];
  const end = path.findIndex((one) => one.parent === undefined);
  return path.slice(0, end < 0 ? undefined : end + 1);
}

/** The nodes of rows, with the keys by which they were requested. */
async function nodesOf(queries: Queries, rows: readonly Row[]): Promise<readonly (readonly [string, ProcessNode])[]> {
  const suspects = rows.filter((row) => isBackwardEdge(timesOf(row))).map((row) => text(row, "key"));
  const cycles = await readCycles(queries, suspects);
  return rows.map((row) => {
    const key = text(row, "key");
    return [text(row, "requested"), nodeOf(row, breaksCycle(key, cycles.get(key) ?? []))];
  });
}

/**
 * Resolves keys of merged duplicates and replaced placeholders to the current key of the process. Unknown keys are
 * omitted.
 */
export async function currentKeys(queries: Queries, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = keys.length === 0 ? [] : await queries.run(currentKeysOf, { keys: [...new Set(keys)] });
  return new Map(rows.map((row) => [text(row, "key"), text(row, "current")]));
}

async function readCycles(
  queries: Queries,
  keys: readonly string[],
): Promise<ReadonlyMap<string, readonly CycleMember[]>> {
  const rows = keys.length === 0 ? [] : await queries.run(cyclesOf, { keys });
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

function alertOf(alert: Row): ProcessNode["alerts"][number] {
  return {
    id: text(alert, "id"),
    ruleName: text(alert, "ruleName"),
    severity: severity.parse(alert["severity"]),
    status: alertStatus.parse(alert["status"]),
    buildingBlock: alert["buildingBlock"] === true,
  };
}

export function activityOf(row: Row): Activity {
  return {
    network: number(row, "network"),
    dns: number(row, "dns"),
    file: number(row, "file"),
    registry: number(row, "registry"),
    module: number(row, "module"),
    access: number(row, "access"),
    injection: number(row, "injection"),
  };
}

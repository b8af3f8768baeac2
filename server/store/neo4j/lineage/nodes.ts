import { alertStatus, severity } from "#contracts/alert";
import type { Activity, ProcessNode } from "#contracts/lineage";
import { childGroupOf } from "../../../lineage/child-group.ts";
import { mergeProcessRecords } from "../../../lineage/merge-process-records.ts";
import { canBeCut, isCutAt, type OnCircle, parentEdge } from "../../../lineage/relations.ts";
import { list, number, optionalNumber, optionalText, type Queries, type Row, text } from "../connection.ts";
import { processRow, rowMap, STORED_ROW } from "./rows.ts";

/** Where a key leads: to the process itself, or to the one that it was joined to, maybe over others. */
const SHOWN = "COLLECT { MATCH (given)-[:JOINED_TO*0..]->(p:Process) RETURN p }[0] AS p WHERE p IS NOT NULL";
/** Everything that the node of a process `p` is made of, beside the key that it was asked for by. */
const NODE = `
  OPTIONAL MATCH (q:Identity)-[:SPAWNED]->(p)
  RETURN asked, ${STORED_ROW}, p.at AS at,
    COLLECT { MATCH (t:Identity {key: p.twin}) RETURN ${rowMap("t")} } AS twins,
    q.at AS parentAt, q.ownName AS parentName, q.observed AS parentObserved,
    COUNT { (p)-[:SPAWNED]->() } AS children,
    coalesce(p.network, 0) AS network, coalesce(p.dns, 0) AS dns, coalesce(p.file, 0) AS file,
    coalesce(p.registry, 0) AS registry, coalesce(p.module, 0) AS module, coalesce(p.access, 0) AS access,
    coalesce(p.injection, 0) AS injection,
    COLLECT {
      MATCH (a:Alert {processKey: p.key})
      RETURN a {.id, .ruleName, .severity, .status, .buildingBlock} AS mark ORDER BY a.time, a.id
    } AS alerts`;
const nodesByKey = `
  UNWIND $keys AS asked
  MATCH (given:Identity {key: asked})
  WITH asked, ${SHOWN} ${NODE}`;
/** Every process has one parent: there is one path. A circle comes back to where it began. The number is never one of a log. */
const nodesUpwards = (generations: number) => `
  MATCH (given:Identity {key: $key})
  WITH ${SHOWN}
  MATCH (p)<-[path:SPAWNED*0..${Math.trunc(generations)}]-(up:Identity)
  WITH up AS p, up.key AS asked, size(path) AS depth ${NODE}, depth`;
const shownKeysOf = `
  UNWIND $keys AS key
  MATCH (given:Identity {key: key})
  WITH key, ${SHOWN}
  RETURN key, p.key AS shown`;
const circlesOf = `
  UNWIND $keys AS key
  MATCH (p:Identity {key: key})
  MATCH circle = (p)<-[:SPAWNED*1..]-(p)
  RETURN p.key AS key, [q IN nodes(circle) | q {.key, .at}] AS circle`;

/** Reads nodes in the order of their keys, also the old keys of joined ones; unknown keys are left out. */
export async function readNodes(queries: Queries, keys: readonly string[]): Promise<readonly ProcessNode[]> {
  const nodes = await nodesByAnyKey(queries, keys);
  return keys.flatMap((key) => nodes.get(key) ?? []);
}

/** Reads nodes by the keys that were given (their own, or that of one that was joined to them), in the order of these. */
export async function nodesByAnyKey(
  queries: Queries,
  keys: readonly string[],
): Promise<ReadonlyMap<string, ProcessNode>> {
  const rows = keys.length === 0 ? [] : await queries.run(nodesByKey, { keys: [...new Set(keys)] });
  const nodes = new Map(await nodesOf(queries, rows));
  return new Map(
    keys.flatMap((key): [string, ProcessNode][] => {
      const node = nodes.get(key);
      return node === undefined ? [] : [[key, node]];
    }),
  );
}

/** A process, its parent and so on, at most `limit` ancestors: to the root, or to where a circle is cut. Empty: no such process. */
export async function pathUp(queries: Queries, key: string, limit: number): Promise<readonly ProcessNode[]> {
  const rows = await queries.run(nodesUpwards(limit), { key });
  const inOrder = rows.toSorted((a, b) => number(a, "depth") - number(b, "depth"));
  const path = [...new Map(await nodesOf(queries, inOrder)).values()];
  const end = path.findIndex((one) => one.parent === undefined);
  return path.slice(0, end < 0 ? undefined : end + 1);
}

/** The nodes of rows, beside the keys that they were asked for by. */
async function nodesOf(queries: Queries, rows: readonly Row[]): Promise<readonly (readonly [string, ProcessNode])[]> {
  const suspects = rows.filter((row) => canBeCut(placeOf(row))).map((row) => text(row, "key"));
  const circles = await readCircles(queries, suspects);
  return rows.map((row) => {
    const key = text(row, "key");
    return [text(row, "asked"), nodeOf(row, isCutAt(key, circles.get(key) ?? []))];
  });
}

/** The keys under which processes are shown now, by the keys that were given: their own, or that of the one they were joined to. */
export async function shownKeys(queries: Queries, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = keys.length === 0 ? [] : await queries.run(shownKeysOf, { keys: [...new Set(keys)] });
  return new Map(rows.map((row) => [text(row, "key"), text(row, "shown")]));
}

async function readCircles(
  queries: Queries,
  keys: readonly string[],
): Promise<ReadonlyMap<string, readonly OnCircle[]>> {
  const rows = keys.length === 0 ? [] : await queries.run(circlesOf, { keys });
  return new Map(
    rows.map((row) => {
      const places = list(row, "circle");
      const circle = places.slice(0, -1).map((place, index) => ({
        key: text(place, "key"),
        at: optionalNumber(place, "at"),
        parentAt: optionalNumber(places[index + 1] ?? {}, "at"),
      }));
      return [text(row, "key"), circle];
    }),
  );
}

function placeOf(row: Row): Pick<OnCircle, "at" | "parentAt"> {
  return { at: optionalNumber(row, "at"), parentAt: optionalNumber(row, "parentAt") };
}

function nodeOf(row: Row, isCut: boolean): ProcessNode {
  const own = processRow(row);
  const [joined] = list(row, "twins");
  const twin = joined === undefined ? undefined : processRow(joined);
  const parent =
    row["parentObserved"] === null
      ? undefined
      : { observed: row["parentObserved"] === true, name: optionalText(row, "parentName") };
  const known = mergeProcessRecords(own, twin);
  return {
    ...known,
    childGroup: optionalText(row, "cluster") ?? childGroupOf(known),
    ...parentEdge(own, twin, parent, isCut),
    activity: activityOf(row),
    childCount: number(row, "children"),
    alerts: list(row, "alerts").map(markOf),
  };
}

function markOf(mark: Row): ProcessNode["alerts"][number] {
  return {
    id: text(mark, "id"),
    ruleName: text(mark, "ruleName"),
    severity: severity.parse(mark["severity"]),
    status: alertStatus.parse(mark["status"]),
    buildingBlock: mark["buildingBlock"] === true,
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

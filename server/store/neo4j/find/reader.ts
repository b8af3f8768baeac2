import { alertOf } from "../../alerts/body.ts";
import { hashesOfValue } from "../../alerts/values.ts";
import { readable } from "../../damage.ts";
import {
  type AlertsByWords,
  type AlertWords,
  type FindReader,
  type FoundAddress,
  type FoundRun,
  MOST_COUNTED,
} from "../../find/port.ts";
import { hasValue, LATEST, listed, MOST_TEXTS } from "../../find/words.ts";
import type { Queries } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { QueryParameters } from "../parameters.ts";
import { number, optionalText, text, texts } from "../row.ts";
import { unique } from "../schema.ts";

/** Names of programs that were started: there are few, however many processes there are. */
export const programNames: readonly string[] = [
  unique("program_name", "ProgramName", "name"),
  "MATCH (p:Process) WHERE p.started AND p.ownName IS NOT NULL WITH DISTINCT p.ownName AS name MERGE (:ProgramName {name: name})",
];

export function findReader(queries: Queries): FindReader {
  return {
    alerts: (query) => alertsWithWords(queries, query),
    async alertsWithValue(value, limit) {
      const rows = await queries.run(
        `MATCH (v:AlertValue) WHERE v.value IN $hashes AND v.alertId IS NOT NULL
         WITH DISTINCT v.alertId AS id LIMIT $limit
         MATCH (a:Alert {id: id}) RETURN a.id AS id, a.body AS body, a.status AS status, a.closeReason AS closeReason`,
        { hashes: hashesOfValue(value), limit },
      );
      return readable(rows, alertOf).filter((alert) => !alert.buildingBlock && hasValue(alert, value));
    },
    async programs(part, limit) {
      const rows = await queries.run(
        `MATCH (n:ProgramName) WHERE n.name CONTAINS $part
         WITH n.name AS name, n.name STARTS WITH $part AS begins ORDER BY begins DESC, name
         WITH collect(name) AS names
         RETURN size(names) AS total, names[..$limit] AS names`,
        { part, limit },
      );
      const [row] = rows;
      return row === undefined
        ? { items: [], total: 0 }
        : { items: await latestRuns(queries, "name", texts(row, "names")), total: number(row, "total") };
    },
    async hashes(prefix, limit) {
      const { items, total } = listed(await distinct(queries, "Process", "hash", prefix, limit + 1), limit);
      return { items: await latestRuns(queries, "hash", items), total };
    },
    async addresses(prefix, limit) {
      const [ofHosts, ofLogons] = await Promise.all([
        queries.run(
          `MATCH (e:Endpoint) WHERE e.address STARTS WITH $prefix AND EXISTS { (e)<-[:HAD]-(:Host) }
           RETURN e.address AS address ORDER BY address LIMIT $limit`,
          { prefix, limit: limit + 1 },
        ),
        distinct(queries, "Logon", "address", prefix, limit + 1),
      ]);
      const values = new Set([...ofHosts.map((row) => text(row, "address")), ...ofLogons]);
      const { items, total } = listed([...values].toSorted(), limit);
      return { items: await foundAddresses(queries, items), total };
    },
  };
}

async function alertsWithWords(queries: Queries, { words, limit }: AlertWords): Promise<AlertsByWords> {
  const containing = (parameters: QueryParameters) =>
    ["NOT a.buildingBlock", ...words.map((word) => `a.search CONTAINS ${parameters.add(word)}`)].join(" AND ");
  /** The ids of the latest alerts that match, and how many do, among so many of the latest. */
  const among = async (most: number) => {
    const parameters = new QueryParameters();
    const [row] = await queries.run(
      `MATCH (a:Alert) WHERE a.time IS NOT NULL
       WITH a ORDER BY a.time DESC LIMIT ${most} WHERE ${containing(parameters)}
       WITH a ORDER BY a.time DESC, a.id DESC
       WITH collect(a.id) AS ids
       RETURN ids[..${parameters.add(limit + 1)}] AS ids, size(ids) AS total, COUNT { (:Alert) } AS stored`,
      parameters.all,
    );
    return row === undefined
      ? { ids: [], total: 0, stored: 0 }
      : { ids: texts(row, "ids"), total: number(row, "total"), stored: number(row, "stored") };
  };
  const read = async (ids: readonly string[]) => {
    const rows = await queries.run(
      `UNWIND range(0, size($ids) - 1) AS position
       MATCH (a:Alert {id: $ids[position]}) RETURN a.id AS id, a.body AS body, a.status AS status, a.closeReason AS closeReason ORDER BY position`,
      { ids: ids.slice(0, limit) },
    );
    return readable(rows, alertOf);
  };
  const latest = await among(LATEST);
  if (latest.ids.length > limit) {
    const { stored } = latest;
    return { alerts: await read(latest.ids), total: undefined, searched: Math.min(stored, LATEST), stored };
  }
  const { ids, total, stored } = latest.stored <= LATEST ? latest : await among(MOST_TEXTS);
  return { alerts: await read(ids), total, searched: Math.min(stored, MOST_TEXTS), stored };
}

/**
 * The distinct values of an indexed property that begin with a text, in order: one step along the index for each, as
 * many processes share one.
 */
async function distinct(
  queries: Queries,
  label: "Process" | "Logon",
  property: "hash" | "address",
  prefix: string,
  limit: number,
): Promise<readonly string[]> {
  const values: string[] = [];
  while (values.length < limit) {
    const [row] = await queries.run(
      `MATCH (n:${label}) WHERE n.${property} STARTS WITH $prefix AND n.${property} > $last
       RETURN n.${property} AS value ORDER BY n.${property} LIMIT 1`,
      { prefix, last: values.at(-1) ?? "" },
    );
    if (row === undefined) {
      break;
    }
    values.push(text(row, "value"));
  }
  return values;
}

async function latestRuns(
  queries: Queries,
  property: "name" | "hash",
  values: readonly string[],
): Promise<readonly FoundRun[]> {
  const rows = await queries.run(
    `UNWIND range(0, size($values) - 1) AS position
     WITH position, $values[position] AS value
     CALL (value) {
       MATCH (p:Process) USING INDEX p:Process(${property}, at, key)
       WHERE p.${property} = value AND p.at IS NOT NULL AND p.key IS NOT NULL AND p.started
       RETURN p ORDER BY p.${property} DESC, p.at DESC, p.key DESC LIMIT 1
     }
     CALL (value) {
       MATCH (p:Process) USING INDEX p:Process(${property}, at, key)
       WHERE p.${property} = value AND p.at IS NOT NULL AND p.key IS NOT NULL AND p.started
       WITH p LIMIT ${MOST_COUNTED} RETURN count(p) AS runs
     }
     RETURN value, p.name AS name, p.host AS host, p.at AS last, runs ORDER BY position`,
    { values },
  );
  return rows.map((row) => ({
    value: text(row, "value"),
    name: optionalText(row, "name"),
    host: text(row, "host"),
    last: number(row, "last"),
    runs: number(row, "runs"),
  }));
}

async function foundAddresses(queries: Queries, addresses: readonly string[]): Promise<readonly FoundAddress[]> {
  const rows = await queries.run(
    `UNWIND range(0, size($addresses) - 1) AS position
     WITH position, $addresses[position] AS address
     CALL (address) {
       MATCH (e:Endpoint {address: address})<-[:HAD]-(h:Host)
       WITH DISTINCT h.name AS host ORDER BY host RETURN collect(host) AS hosts
     }
     CALL (address) { MATCH (l:Logon {address: address}) WITH l LIMIT ${MOST_COUNTED} RETURN count(l) AS logons }
     RETURN address, hosts, logons ORDER BY position`,
    { addresses: addresses.map(indexed) },
  );
  return rows.map((row) => ({
    address: text(row, "address"),
    hosts: texts(row, "hosts"),
    logons: number(row, "logons"),
  }));
}

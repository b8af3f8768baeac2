import type { AccountTie } from "../../../lineage/account.ts";
import type { HostAddress } from "../../../lineage/addresses.ts";
import type { LogonFact } from "../../../lineage/facts.ts";
import type { LogonProbe } from "../../../lineage/tables.ts";
import type { AddressQuery } from "../../lineage/port.ts";
import { list, number, type Queries, type Row, text } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { logonFact } from "./rows.ts";

/** Facts of one kind within a range of time, by one indexed property. */
const factsBy = (property: "host" | "address" | "target", by: LogonProbe["by"]) => `
  UNWIND [probe IN $probes WHERE probe.by = '${by}'] AS probe
  RETURN probe.number AS number, COLLECT {
    MATCH (l:Logon) USING INDEX l:Logon(${property}, what, time)
    WHERE l.${property} = probe.value AND l.what = probe.what AND l.time >= probe.from AND l.time <= probe.to
    RETURN {body: l.body} ORDER BY l.time, l.eventId LIMIT $limit
  } AS facts`;
const factsByEach = [
  factsBy("host", "host"),
  factsBy("address", "address"),
  factsBy("target", "target"),
  `
  UNWIND [probe IN $probes WHERE probe.by = 'session'] AS probe
  RETURN probe.number AS number, COLLECT {
    MATCH (l:Logon) USING INDEX l:Logon(host, logonId)
    WHERE l.host = probe.value AND l.logonId = probe.logonId AND l.what = probe.what AND l.time >= probe.from AND l.time <= probe.to
    RETURN {body: l.body} ORDER BY l.time, l.eventId LIMIT $limit
  } AS facts`,
].join("\n  UNION ALL");

export async function logonFactsOf(
  queries: Queries,
  probes: readonly LogonProbe[],
  limit: number,
): Promise<readonly (readonly LogonFact[])[]> {
  if (probes.length === 0) {
    return [];
  }
  const requested = probes.map((probe, number) => {
    const { by, what, from, to } = probe;
    return {
      number,
      by,
      what,
      from,
      to,
      value: indexed(textOf(probe)),
      logonId: by === "session" ? probe.logonId : "",
    };
  });
  const rows = await queries.run(factsByEach, { probes: requested, limit });
  const found = new Map(rows.map((row) => [number(row, "number"), list(row, "facts")]));
  return probes.map((_, index) => (found.get(index) ?? []).map((fact) => logonFact(text(fact, "body"))));
}

function textOf(probe: LogonProbe): string {
  switch (probe.by) {
    case "session":
    case "host":
      return probe.host;
    case "address":
      return probe.address;
    case "target":
      return probe.label;
  }
}

const had = "RETURN h.name AS host, e.address AS address, had.first AS first, had.last AS last ORDER BY host, address";
const byHosts = `UNWIND $hosts AS host MATCH (h:Host {name: host})-[had:HAD]->(e:Endpoint) ${had}`;
const byAddresses = `UNWIND $addresses AS address MATCH (h:Host)-[had:HAD]->(e:Endpoint {address: address}) ${had}`;

export async function addressesOf(queries: Queries, of: AddressQuery): Promise<readonly HostAddress[]> {
  const rows =
    "hosts" in of
      ? await queries.run(byHosts, { hosts: distinct(of.hosts) })
      : await queries.run(byAddresses, { addresses: distinct(of.addresses) });
  return rows.map(addressOf);
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values.map(indexed))];
}

export function addressOf(row: Row): HostAddress {
  return {
    host: text(row, "host"),
    address: text(row, "address"),
    first: number(row, "first"),
    last: number(row, "last"),
  };
}

export async function accountTies(queries: Queries): Promise<readonly AccountTie[]> {
  const rows = await queries.run(
    "MATCH (t:AccountTie) RETURN t.userKey AS userKey, t.sid AS sid ORDER BY userKey, sid",
  );
  return rows.map((row) => ({ userKey: text(row, "userKey"), sid: text(row, "sid") }));
}

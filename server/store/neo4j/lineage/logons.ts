import { type HostAddress, unitedPeriods } from "../../../lineage/addresses.ts";
import type { LogonFact } from "../../../lineage/facts.ts";
import type { LogonProbe } from "../../../lineage/tables.ts";
import type { AddressQuery } from "../../lineage/port.ts";
import { indexed } from "../indexed.ts";
import type { Reads } from "../reads.ts";
import { list, number, optionalText, type Row, text } from "../row.ts";
import { logonFact } from "./rows.ts";

/** Facts of one kind within a range of time, by one indexed property. */
const factsBy = (probes: string, limit: number, property: "host" | "address" | "target") => `
  UNWIND [probe IN ${probes} WHERE probe.by = '${property}'] AS probe
  RETURN {number: probe.number, facts: COLLECT {
    MATCH (l:Logon) USING INDEX l:Logon(${property}, what, time)
    WHERE l.${property} = probe.value AND l.what = probe.what AND l.time >= probe.from AND l.time <= probe.to
    RETURN {body: l.body} ORDER BY l.time, l.eventId LIMIT ${limit}
  }} AS found`;
const factsBySession = (probes: string, limit: number) => `
  UNWIND [probe IN ${probes} WHERE probe.by = 'session'] AS probe
  RETURN {number: probe.number, facts: COLLECT {
    MATCH (l:Logon) USING INDEX l:Logon(host, logonId)
    WHERE l.host = probe.value AND l.logonId = probe.logonId AND l.what = probe.what AND l.time >= probe.from AND l.time <= probe.to
    RETURN {body: l.body} ORDER BY l.time, l.eventId LIMIT ${limit}
  }} AS found`;
const factsByEach = (probes: string, limit: number) =>
  [
    factsBy(probes, limit, "host"),
    factsBy(probes, limit, "address"),
    factsBy(probes, limit, "target"),
    factsBySession(probes, limit),
  ].join("\n  UNION ALL");

export async function logonFactsOf(
  reads: Reads,
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
  const rows = await reads.rows((parameters) => factsByEach(parameters.add(requested), limit));
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

const addressesWith = (hosts: string, addresses: string) => `
  CALL (ask) {
    UNWIND ${hosts} AS name MATCH (h:Host {name: name})-[had:HAD]->(e:Endpoint) RETURN h, had, e
    UNION
    UNWIND ${addresses} AS address MATCH (h:Host)-[had:HAD]->(e:Endpoint {address: address}) RETURN h, had, e
  }
  RETURN {host: h.name, name: had.name, address: e.address, first: had.first, last: had.last} ORDER BY h.name, e.address`;

/** For each query, in order: the addresses of hosts, or the hosts of addresses. */
export async function addressesOf(
  reads: Reads,
  asked: readonly AddressQuery[],
): Promise<readonly (readonly HostAddress[])[]> {
  const wanted = asked.map((of) =>
    "hosts" in of ? { hosts: distinct(of.hosts) } : { addresses: distinct(of.addresses) },
  );
  const hosts = [...new Set(wanted.flatMap((of) => of.hosts ?? []))];
  const addresses = [...new Set(wanted.flatMap((of) => of.addresses ?? []))];
  const rows =
    hosts.length + addresses.length === 0
      ? []
      : await reads.rows((parameters) => addressesWith(parameters.add(hosts), parameters.add(addresses)));
  const found = unitedPeriods(rows.map(addressOf));
  return wanted.map((of) =>
    found.filter(({ host, address }) => of.hosts?.includes(host) === true || of.addresses?.includes(address) === true),
  );
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values.map(indexed))];
}

export function addressOf(row: Row): HostAddress {
  const host = text(row, "host");
  const name = optionalText(row, "name") ?? host;
  return {
    host,
    ...(name === host ? {} : { recordedHost: name }),
    address: text(row, "address"),
    first: number(row, "first"),
    last: number(row, "last"),
  };
}

import type { Account } from "#contracts/account";
import { firstLabel } from "../../../lineage/aliases.ts";
import { readable } from "../../damage.ts";
import type { HostSummary, UserSummary } from "../../lineage/port.ts";
import { accountOf } from "../../lineage/rows.ts";
import type { Queries } from "../connection.ts";
import { indexed } from "../indexed.ts";
import type { Reads } from "../reads.ts";
import { list, number, optionalNumber, text } from "../row.ts";

const allHosts = `
  MATCH (h:Host) WHERE h.processes IS NOT NULL
  RETURN h.name AS host, h.processes AS processes,
    COLLECT {
      MATCH (p:Identity) USING INDEX p:Identity(host, at, key)
      WHERE p.host = h.name AND p.at IS NOT NULL AND p.key IS NOT NULL
      RETURN p.at ORDER BY p.host, p.at, p.key LIMIT 1
    }[0] AS first,
    COLLECT {
      MATCH (p:Identity) USING INDEX p:Identity(host, at, key)
      WHERE p.host = h.name AND p.at IS NOT NULL AND p.key IS NOT NULL
      RETURN p.at ORDER BY p.host DESC, p.at DESC, p.key DESC LIMIT 1
    }[0] AS last
  ORDER BY host`;
const hostsWithLabel = (labels: string) => `
  UNWIND ${labels} AS label
  CALL (label) {
    MATCH (h:Host {name: label}) WHERE h.processes IS NOT NULL RETURN h.name AS host
    UNION
    MATCH (h:Host) WHERE h.name STARTS WITH label + '.' AND h.processes IS NOT NULL RETURN h.name AS host
  }
  WITH DISTINCT host
  RETURN {host: host} ORDER BY host`;
const allUsers = `
  MATCH (u:User)-[r:ACTIVE_ON]->(h:Host)
  WITH u, r, h ORDER BY h.name
  WITH u, collect(h.name) AS hosts, sum(r.processes) AS processes
  RETURN u.key AS key, u.body AS body, hosts, processes,
    COLLECT {
      MATCH (p:Identity) USING INDEX p:Identity(userKey, at, key)
      WHERE p.userKey = u.key AND p.at IS NOT NULL AND p.key IS NOT NULL
      RETURN p.at ORDER BY p.userKey DESC, p.at DESC, p.key DESC LIMIT 1
    }[0] AS last
  ORDER BY key`;

export async function hostList(queries: Queries): Promise<readonly HostSummary[]> {
  return (await queries.run(allHosts)).map((row) => ({
    host: text(row, "host"),
    processes: number(row, "processes"),
    first: optionalNumber(row, "first"),
    last: optionalNumber(row, "last"),
  }));
}

/** For each list of labels, in order: the hosts with one of them. */
export async function hostsLabelled(
  reads: Reads,
  asked: readonly (readonly string[])[],
): Promise<readonly (readonly string[])[]> {
  const labels = [...new Set(asked.flat().map(indexed))];
  const rows = labels.length === 0 ? [] : await reads.rows((parameters) => hostsWithLabel(parameters.add(labels)));
  const hosts = rows.map((row) => text(row, "host"));
  return asked.map((wanted) => hosts.filter((host) => wanted.includes(firstLabel(host))));
}

export async function userList(queries: Queries): Promise<readonly UserSummary[]> {
  return readable(await queries.run(allUsers), (row) => ({
    key: text(row, "key"),
    account: accountOf(row),
    hosts: list(row, "hosts").map(String),
    processes: number(row, "processes"),
    last: optionalNumber(row, "last"),
  }));
}

export async function accountList(
  reads: Reads,
): Promise<readonly { readonly key: string; readonly account: Account }[]> {
  const rows = await reads.rows(() => "MATCH (u:User) RETURN {key: u.key, body: u.body} ORDER BY u.key");
  return readable(rows, (row) => ({ key: text(row, "key"), account: accountOf(row) }));
}

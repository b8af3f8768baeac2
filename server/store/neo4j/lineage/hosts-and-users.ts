import { firstLabel } from "../../../lineage/aliases.ts";
import { readable } from "../../damage.ts";
import type { HostSummary, UserSummary } from "../../lineage/port.ts";
import { accountOf } from "../../lineage/rows.ts";
import { userSummary, usersOnHosts } from "../../lineage/users-on-hosts.ts";
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
  MATCH (u:User) WHERE u.body IS NOT NULL
  RETURN u.key AS key, u.body AS body,
    COLLECT { MATCH (u)-[r:ACTIVE_ON]->(h:Host) RETURN {host: h.name, processes: r.processes} } AS processes,
    COLLECT {
      MATCH (u)-[r:LOGGED_ON]->(h:Host)
      WITH h.name AS host, sum(CASE r.outcome WHEN 'failed' THEN 0 ELSE r.count END) AS logons,
        sum(CASE r.outcome WHEN 'failed' THEN r.count ELSE 0 END) AS failed, max(r.last) AS last
      RETURN {host: host, logons: logons, failed: failed, last: last}
    } AS logons,
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
  return readable(await queries.run(allUsers), (row) => {
    const key = text(row, "key");
    const processes = list(row, "processes").map((one) => ({
      key,
      host: text(one, "host"),
      processes: number(one, "processes"),
    }));
    const logons = list(row, "logons").map((one) => ({
      key,
      host: text(one, "host"),
      logons: number(one, "logons"),
      failedLogons: number(one, "failed"),
      lastLogon: number(one, "last"),
    }));
    const on = usersOnHosts(processes, logons).get(key);
    return userSummary(key, accountOf(row), on, optionalNumber(row, "last"));
  }).flat();
}

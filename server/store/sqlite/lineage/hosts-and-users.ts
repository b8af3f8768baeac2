import { firstLabel } from "../../../lineage/aliases.ts";
import { readable } from "../../damage.ts";
import type { HostSummary, UserSummary } from "../../lineage/port.ts";
import { accountOf } from "../../lineage/rows.ts";
import { userSummary, usersOnHosts } from "../../lineage/users-on-hosts.ts";
import { type Connection, number, optionalNumber, text } from "../connection.ts";

const allHosts = `
  SELECT host, processes,
    (SELECT min(at) FROM processes p WHERE p.host = h.host) AS first,
    (SELECT max(at) FROM processes p WHERE p.host = h.host) AS last
  FROM host_counts h ORDER BY host`;
/** A name that continues after its first label sorts between "label." and "label/". */
const hostsWithLabel = `
  SELECT host FROM json_each(?) wanted CROSS JOIN host_counts ON host = wanted.value
  UNION SELECT host FROM json_each(?) wanted CROSS JOIN host_counts
    ON host >= wanted.value || '.' AND host < wanted.value || '/'
  ORDER BY host`;
const allUsers = `
  SELECT users.key, users.body, (SELECT max(at) FROM processes p WHERE p.user_key = users.key) AS last
  FROM users ORDER BY users.key`;
const processesOfUsers = "SELECT user_key, host, processes FROM user_hosts WHERE processes > 0";
const logonsOfUsers = `
  SELECT user_key, host, sum(CASE outcome WHEN 'failed' THEN 0 ELSE count END) AS logons,
    sum(CASE outcome WHEN 'failed' THEN count ELSE 0 END) AS failed, max(last) AS last
  FROM logon_counts GROUP BY user_key, host`;

export function hostList(connection: Connection): readonly HostSummary[] {
  return connection
    .prepare(allHosts)
    .all()
    .map((row) => ({
      host: text(row, "host"),
      processes: number(row, "processes"),
      first: optionalNumber(row, "first"),
      last: optionalNumber(row, "last"),
    }));
}

export function hostsLabelled(connection: Connection, labels: readonly string[]): readonly string[] {
  const list = JSON.stringify(labels);
  return connection
    .prepare(hostsWithLabel)
    .all(list, list)
    .map((row) => text(row, "host"))
    .filter((host) => labels.includes(firstLabel(host)));
}

export function userList(connection: Connection): readonly UserSummary[] {
  const processes = connection
    .prepare(processesOfUsers)
    .all()
    .map((row) => ({ key: text(row, "user_key"), host: text(row, "host"), processes: number(row, "processes") }));
  const logons = connection
    .prepare(logonsOfUsers)
    .all()
    .map((row) => ({
      key: text(row, "user_key"),
      host: text(row, "host"),
      logons: number(row, "logons"),
      failedLogons: number(row, "failed"),
      lastLogon: number(row, "last"),
    }));
  const on = usersOnHosts(processes, logons);
  return readable(connection.prepare(allUsers).all(), (row) =>
    userSummary(text(row, "key"), accountOf(row), on.get(text(row, "key")), optionalNumber(row, "last")),
  ).flat();
}

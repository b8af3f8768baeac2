import type { Account } from "#contracts/account";
import { firstLabel } from "../../../lineage/aliases.ts";
import { readable } from "../../damage.ts";
import type { HostSummary, UserSummary } from "../../lineage/port.ts";
import { accountOf } from "../../lineage/rows.ts";
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
  SELECT users.key, users.body, json_group_array(host ORDER BY host) AS hosts, sum(processes) AS processes,
    (SELECT max(at) FROM processes p WHERE p.user_key = users.key) AS last
  FROM users JOIN user_hosts ON user_hosts.user_key = users.key
  WHERE processes > 0 GROUP BY users.key ORDER BY users.key`;

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
  return readable(connection.prepare(allUsers).all(), (row) => ({
    key: text(row, "key"),
    account: accountOf(row),
    hosts: JSON.parse(text(row, "hosts")) as string[],
    processes: number(row, "processes"),
    last: optionalNumber(row, "last"),
  }));
}

export function accountList(connection: Connection): readonly { readonly key: string; readonly account: Account }[] {
  const rows = connection.prepare("SELECT key, body FROM users ORDER BY key").all();
  return readable(rows, (row) => ({ key: text(row, "key"), account: accountOf(row) }));
}

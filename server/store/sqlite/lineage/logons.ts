import type { HostAddress } from "../../../lineage/addresses.ts";
import type { LogonFact } from "../../../lineage/facts.ts";
import type { LogonProbe } from "../../../lineage/tables.ts";
import type { AddressQuery } from "../../lineage/port.ts";
import { type Connection, number, type Row, text } from "../connection.ts";
import { logonFact } from "./rows.ts";

const select = "SELECT event_id, body FROM logon_facts WHERE";
const within = "AND what = ? AND time BETWEEN ? AND ? ORDER BY time, event_id LIMIT ?";
const bySession = `${select} host = ? AND logon_id = ? ${within}`;
const byHost = `${select} host = ? ${within}`;
const byAddress = `${select} address = ? ${within}`;
const byTarget = `${select} target = ? ${within}`;

export function logonFactsOf(connection: Connection, probe: LogonProbe, limit: number): readonly LogonFact[] {
  return rowsOf(connection, probe, [probe.what, probe.from, probe.to, limit]).map(logonFact);
}

function rowsOf(
  connection: Connection,
  probe: LogonProbe,
  bounds: readonly [string, number, number, number],
): readonly Row[] {
  switch (probe.by) {
    case "session":
      return connection.prepare(bySession).all(probe.host, probe.logonId, ...bounds);
    case "host":
      return connection.prepare(byHost).all(probe.host, ...bounds);
    case "address":
      return connection.prepare(byAddress).all(probe.address, ...bounds);
    case "target":
      return connection.prepare(byTarget).all(probe.label, ...bounds);
  }
}

export function addressesOf(connection: Connection, of: AddressQuery): readonly HostAddress[] {
  const [column, values] = "hosts" in of ? ["host", of.hosts] : ["address", of.addresses];
  return connection
    .prepare(
      `SELECT host, address, min(first) AS first, max(last) AS last FROM host_addresses
       WHERE ${column} IN (SELECT value FROM json_each(?)) GROUP BY host, address ORDER BY host, address`,
    )
    .all(JSON.stringify(values))
    .map((row) => ({
      host: text(row, "host"),
      address: text(row, "address"),
      first: number(row, "first"),
      last: number(row, "last"),
    }));
}

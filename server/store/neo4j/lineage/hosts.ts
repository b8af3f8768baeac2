import type { HostEvidence, KnownHosts } from "../../../lineage/hosts/evidence.ts";
import { evidenceKey } from "../../../lineage/hosts/evidence.ts";
import type { HostContent } from "../../../lineage/tables.ts";
import { readable, stored } from "../../damage.ts";
import type { HostTables } from "../../lineage/port.ts";
import { evidenceRow } from "../../lineage/rows.ts";
import type { Queries, Writes } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { list, optionalText, type Row, text } from "../row.ts";
import { index, unique } from "../schema.ts";
import { addressOf } from "./logons.ts";
import { activityOf } from "./nodes.ts";
import { exitRow, logonFact, processRow, STORED_ROW } from "./rows.ts";
import { sendAll, type TransactionState } from "./save.ts";

/** Names of hosts, and what is known about them. `host` is absent until the next ingest decides it. */
export const hostSchema: readonly string[] = [
  unique("host_name_name", "HostName", "name"),
  index("host_name_host", "HostName", "host"),
  unique("host_evidence_key", "HostEvidence", "key"),
  index("host_evidence_name", "HostEvidence", "name"),
  index("host_evidence_value", "HostEvidence", "kind", "value"),
  // Databases from before names were decided: everything is stored under its own name.
  "MATCH (h:Host) MERGE (:HostName {name: h.name})",
  "MATCH (c:EventCoverage) WITH DISTINCT c.host AS host WHERE host <> '' MERGE (:HostName {name: host})",
  `MATCH (s:Session) WHERE s.logonId IN ['0x3e7', '0x3e4', '0x3e5']
   MERGE (e:HostEvidence {key: 'service ' + s.host + ' ' + s.logonId})
   SET e.kind = 'service', e.name = s.host, e.value = s.logonId,
     e.body = '{"kind":"service","name":"' + replace(replace(s.host, '\\\\', '\\\\\\\\'), '"', '\\\\"') + '","value":"' + s.logonId + '"}'`,
  "MATCH (h:Host)-[had:HAD]->() WHERE had.name IS NULL SET had.name = h.name",
  index("twin_merged_into", "Twin", "mergedInto"),
];

const namesOfHosts = `
  UNWIND $names AS one
  MATCH (n:HostName {name: one}) WHERE n.host IS NOT NULL
  WITH DISTINCT n.host AS host
  MATCH (n:HostName {host: host}) RETURN n.name AS name, n.host AS host`;
const evidenceAbout = `
  UNWIND $names AS name
  MATCH (e:HostEvidence {name: name})
  WITH collect(e) AS own
  CALL (own) {
    UNWIND own AS e RETURN e
    UNION
    UNWIND own AS one WITH one WHERE one.kind IN ['id', 'machine']
    MATCH (e:HostEvidence {kind: one.kind, value: one.value}) RETURN e
  }
  RETURN e.name AS name, e.body AS body`;
const evidenceOfMachines = `
  UNWIND $machines AS machine MATCH (e:HostEvidence {kind: 'machine', value: machine})
  RETURN e.name AS name, e.body AS body`;
const saveNames = "UNWIND $names AS one MERGE (n:HostName {name: one.name}) SET n.host = one.host";
const saveEvidence = `
  UNWIND $evidence AS one
  MERGE (e:HostEvidence {key: one.key})
  ON CREATE SET e.kind = one.kind, e.name = one.name, e.value = one.value, e.body = one.body`;

const rowsOfHost = `MATCH (p:Identity) WHERE p.host = $host RETURN ${STORED_ROW} ORDER BY p.at, p.key`;
const activityOfHost = `
  MATCH (p:Identity) WHERE p.host = $host AND p.network IS NOT NULL
  RETURN p.key AS key, p.network AS network, p.dns AS dns, p.file AS file, p.registry AS registry,
    p.module AS module, p.access AS access, p.injection AS injection`;
const exitsOfHost = "MATCH (x:Exit) WHERE x.host = $host RETURN x.body AS body ORDER BY x.time, x.eventId";
const logonsOfHost = "MATCH (l:Logon) WHERE l.host = $host RETURN l.body AS body ORDER BY l.time, l.eventId";
const addressesOfHost = `
  MATCH (h:Host {name: $host})-[had:HAD]->(e:Endpoint)
  RETURN h.name AS host, had.name AS name, e.address AS address, had.first AS first, had.last AS last`;

const removals = [
  `MATCH (p:Identity) WHERE p.host = $host
   MATCH (g:ChildGroup {parentKey: p.key}) DELETE g`,
  "MATCH (p:Identity) WHERE p.host = $host DETACH DELETE p",
  "MATCH (x:Exit) WHERE x.host = $host DETACH DELETE x",
  "MATCH (l:Logon) WHERE l.host = $host DETACH DELETE l",
  "MATCH (s:Session) WHERE s.host = $host DETACH DELETE s",
  "MATCH (h:Host {name: $host}) REMOVE h.processes, h.sessions",
  "MATCH (h:Host {name: $host})-[had:HAD]->() DELETE had",
  "MATCH (h:Host {name: $host})<-[active:ACTIVE_ON]-() DELETE active",
];

/** The part of `LineageTables` about hosts and their names. */
export function hostTables(writes: Writes, state: TransactionState): HostTables {
  return {
    hostsNear: (names) => hostsNear(writes, names),
    async hostsOfMachines(machines) {
      const evidence = evidenceOf(await writes.run(evidenceOfMachines, { machines: machines.map(indexed) }));
      return { names: await namesIn(writes, [...new Set(evidence.map(({ name }) => name))]), evidence };
    },
    allHosts: () => allHosts(writes),
    async saveHosts({ names, evidence }) {
      sendAll(writes, [
        [saveNames, "names", [...names].map(([name, host]) => ({ name: indexed(name), host: host && indexed(host) }))],
        [
          saveEvidence,
          "evidence",
          evidence.map((one) => ({
            key: indexed(evidenceKey(one)),
            kind: one.kind,
            name: indexed(one.name),
            value: indexed(one.value),
            body: JSON.stringify(one),
          })),
        ],
      ]);
    },
    async takeHost(host) {
      const content = await contentOf(writes, indexed(host));
      for (const removal of removals) {
        writes.later(removal, { host: indexed(host) });
      }
      for (const [key, stored] of state.rows) {
        if (stored?.row.host === host) {
          state.rows.set(key, undefined);
        }
      }
      for (const { key } of content.rows) {
        state.deleted.add(key);
      }
      state.sessionCounts.clear();
      return content;
    },
  };
}

export async function hostsNear(queries: Queries, names: readonly string[]): Promise<KnownHosts> {
  const own = await namesIn(queries, names);
  const evidence = evidenceOf(own.size === 0 ? [] : await queries.run(evidenceAbout, { names: [...own.keys()] }));
  const others = [...new Set(evidence.map(({ name }) => name))].filter((name) => !own.has(name));
  return { names: others.length === 0 ? own : new Map([...own, ...(await namesIn(queries, others))]), evidence };
}

const everything = `
  RETURN COLLECT { MATCH (n:HostName) RETURN {name: n.name, host: n.host} ORDER BY n.name } AS names,
    COLLECT { MATCH (e:HostEvidence) RETURN {name: e.name, body: e.body} ORDER BY e.key } AS evidence`;

export async function allHosts(queries: Queries): Promise<KnownHosts> {
  const [row = {}] = await queries.run(everything);
  return { names: namesOf(list(row, "names")), evidence: evidenceOf(list(row, "evidence")) };
}

async function namesIn(queries: Queries, names: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
  return names.length === 0 ? new Map() : namesOf(await queries.run(namesOfHosts, { names: names.map(indexed) }));
}

const hostNameRow = stored("name of a host", (row: Row) => [text(row, "name"), optionalText(row, "host")] as const);

function namesOf(rows: readonly Row[]): ReadonlyMap<string, string | undefined> {
  return new Map(readable(rows, hostNameRow));
}

function evidenceOf(rows: readonly Row[]): readonly HostEvidence[] {
  return readable(rows, evidenceRow);
}

async function contentOf(writes: Writes, host: string): Promise<HostContent> {
  const all = (cypher: string) => writes.run(cypher, { host });
  return {
    rows: (await all(rowsOfHost)).map(processRow),
    activity: new Map((await all(activityOfHost)).map((row) => [text(row, "key"), activityOf(row)])),
    exits: (await all(exitsOfHost)).map((row) => exitRow(text(row, "body"), undefined).fact),
    logons: (await all(logonsOfHost)).map((row) => logonFact(text(row, "body"))),
    addresses: (await all(addressesOfHost)).map(addressOf),
  };
}

import { z } from "zod";
import { alertOf } from "../../alerts/body.ts";
import { batchLeftOf, batchOf, batchPartOf } from "../../batches/body.ts";
import { readable, stored, storedValue } from "../../damage.ts";
import { deliveryOf } from "../../deliveries/body.ts";
import type { NewEvent } from "../../events/port.ts";
import { segmentEvents } from "../../events/segment-events.ts";
import { exceptionOf } from "../../exceptions/body.ts";
import { incidentRecordOf } from "../../incidents/body.ts";
import { summaryOf } from "../../ingests/stored-summary.ts";
import { accountOf, evidenceRow } from "../../lineage/rows.ts";
import { proposalOf } from "../../proposals/body.ts";
import { savedViewOf } from "../../saved-views/body.ts";
import { settingOf } from "../../settings/value.ts";
import type { SectionSource, SnapshotReader } from "../../snapshot/port.ts";
import { type SectionName, sectionKinds } from "../../snapshot/sections.ts";
import { answerOf, transitionOf } from "../../triage/rows.ts";
import { valueListOf, valueListPartOf } from "../../value-lists/body.ts";
import { auditColumns, auditRecordOf } from "../audit/reader.ts";
import type { Queries } from "../connection.ts";
import { placeOf } from "../events/rows.ts";
import { logonCountColumns, logonCountOf, tieOf } from "../lineage/accounts.ts";
import { addressOf } from "../lineage/logons.ts";
import { activityOf } from "../lineage/nodes.ts";
import { exitRow, logonFact, processRow, STORED_ROW, sessionRow } from "../lineage/rows.ts";
import { bytes, list, number, optionalNumber, optionalText, type Row, text } from "../row.ts";
import { ruleVersionColumns, ruleVersionOf } from "../rule-versions/adapter.ts";
import { attachedTextOf } from "../triage/adapter.ts";

/** Values per page. */
const PAGE = 1_000;
/** Segments per page of events, about 256 events each. */
const SEGMENTS = 4;

/** Where the values of a section are stored: the matches of a pattern, ordered by one or two indexed properties. */
interface Nodes<T> {
  readonly match: string;
  /** Expressions, unique together. */
  readonly order: readonly [string] | readonly [string, string];
  readonly columns: string;
  readonly value: (row: Row) => T;
}

const body = "n.body AS body";

type Section = <T extends object>(name: SectionName, source: Nodes<T>) => SectionSource<T>;

export function snapshotReader(queries: Queries): SnapshotReader {
  const section: Section = (name, source) =>
    sourceOf(queries, { ...source, value: stored(sectionKinds[name], source.value) });
  return {
    events: eventSource(queries),
    ...lineageSections(section),
    ...alertSections(section),
    ...operationSections(section),
  };
}

/** The process graph. */
function lineageSections(section: Section) {
  return {
    accounts: section("accounts", {
      match: "(n:User)",
      order: ["n.key"],
      columns: `n.key AS key, ${body}`,
      value: accountOf,
    }),
    accountTies: section("accountTies", {
      match: "(n:AccountTie)",
      order: ["n.userKey", "n.sid"],
      columns: "n.userKey AS userKey, n.sid AS sid, n.source AS source",
      value: tieOf,
    }),
    logonCounts: section("logonCounts", {
      match: "(u:User)-[r:LOGGED_ON]->(h:Host)",
      order: ["elementId(r)"],
      columns: logonCountColumns,
      value: logonCountOf,
    }),
    hostNames: section("hostNames", {
      match: "(n:HostName)",
      order: ["n.name"],
      columns: "n.name AS name, n.host AS host",
      value: (row) => ({ name: text(row, "name"), host: optionalText(row, "host") }),
    }),
    hostEvidence: section("hostEvidence", {
      match: "(n:HostEvidence)",
      order: ["n.key"],
      columns: body,
      value: evidenceRow,
    }),
    addresses: section("addresses", {
      match: "(h:Host)-[had:HAD]->(e:Endpoint)",
      order: ["e.address", "had.name"],
      columns: "h.name AS host, had.name AS name, e.address AS address, had.first AS first, had.last AS last",
      value: addressOf,
    }),
    logons: section("logons", {
      match: "(n:Logon)",
      order: ["n.eventId"],
      columns: body,
      value: (row) => logonFact(text(row, "body")),
    }),
    sessions: section("sessions", {
      match: "(n:Session)",
      order: ["n.host", "n.logonId"],
      columns: "collect({body: n.body}) AS sessions",
      value(row) {
        const sessions = list(row, "sessions")
          .map((one) => sessionRow(text(one, "body")))
          .sort((a, b) => (a.opened?.time ?? 0) - (b.opened?.time ?? 0));
        return { host: sessions[0]?.host ?? "", logonId: sessions[0]?.logonId ?? "", sessions };
      },
    }),
    duplicates: section("duplicates", {
      match: "(p:Identity) WHERE p:Twin",
      order: ["p.key"],
      columns: STORED_ROW,
      value: processRow,
    }),
    processes: section("processes", {
      match: "(p:Identity) WHERE p:Process",
      order: ["p.key"],
      columns: STORED_ROW,
      value: processRow,
    }),
    activity: section("activity", {
      match: "(n:Identity) WHERE n.network IS NOT NULL",
      order: ["n.key"],
      columns: `n.key AS key, n.network AS network, n.dns AS dns, n.file AS file, n.registry AS registry,
        n.module AS module, n.access AS access, n.injection AS injection`,
      value: (row) => ({ key: text(row, "key"), ...activityOf(row) }),
    }),
    exits: section("exits", {
      match: "(n:Exit)",
      order: ["n.eventId"],
      columns: `${body}, n.processKey AS processKey`,
      value: (row) => exitRow(text(row, "body"), optionalText(row, "processKey")),
    }),
  } satisfies Partial<SnapshotReader>;
}

/** Alerts, and the work on them. */
function alertSections(section: Section) {
  return {
    alerts: section("alerts", {
      match: "(n:Alert)",
      order: ["n.id"],
      columns: `n.id AS id, ${body}, n.status AS status, n.closeReason AS closeReason`,
      value: alertOf,
    }),
    alertAliases: section("alertAliases", {
      match: "(n:AlertAlias)",
      order: ["n.oldId"],
      columns: "n.oldId AS oldId, n.id AS id",
      value: (row) => ({ oldId: text(row, "oldId"), id: text(row, "id") }),
    }),
    attachedTexts: section("attachedTexts", {
      match: "(n:AttachedText)",
      order: ["n.id"],
      columns: "n.id AS id, n.content AS content",
      value: attachedTextOf,
    }),
    answers: section("answers", {
      match: "(n:Answer)",
      order: ["n.number"],
      columns: `n.number AS number, n.alertId AS alertId, ${body}`,
      value: (row) => ({ alertId: text(row, "alertId"), answer: answerOf(row) }),
    }),
    checkedItems: section("checkedItems", {
      match: "(n:CheckedItem)",
      order: ["n.alertId", "n.item"],
      columns: "n.alertId AS alertId, n.item AS item",
      value: (row) => ({ alertId: text(row, "alertId"), item: text(row, "item") }),
    }),
    transitions: section("transitions", {
      match: "(n:Transition)",
      order: ["n.number"],
      columns: `n.number AS number, n.alertId AS alertId, ${body}`,
      value: transitionOf,
    }),
    proposals: section("proposals", {
      match: "(n:Proposal)",
      order: ["n.id"],
      columns: `n.id AS id, n.alertId AS alertId, ${body}`,
      value: proposalOf,
    }),
    incidents: section("incidents", {
      match: "(n:Incident)",
      order: ["n.id"],
      columns: `n.id AS id, n.alertId AS alertId, ${body}`,
      value: incidentRecordOf,
    }),
    batches: section("batches", {
      match: "(n:Batch)",
      order: ["n.id"],
      columns: `n.id AS id, ${body}`,
      value: batchOf,
    }),
    batchParts: section("batchParts", {
      match: "(n:BatchPart)",
      order: ["n.batch", "n.number"],
      columns: `n.batch AS id, n.number AS number, ${body}`,
      value: batchPartOf,
    }),
    batchLeft: section("batchLeft", {
      match: "(n:BatchLeft)",
      // Few per batch, so that only the first needs an index.
      order: ["n.batch", "n.code + ' ' + toString(n.number)"],
      columns: `n.batch AS id, n.code AS code, n.number AS number, ${body}`,
      value: batchLeftOf,
    }),
    valueLists: section("valueLists", {
      match: "(n:ValueList)",
      order: ["n.id"],
      columns: `n.id AS id, ${body}`,
      value: valueListOf,
    }),
    valueListParts: section("valueListParts", {
      match: "(n:ValueListPart)",
      order: ["n.id"],
      columns: `n.list AS list, n.part AS part, ${body}`,
      value: valueListPartOf,
    }),
    savedViews: section("savedViews", {
      match: "(n:SavedView)",
      order: ["n.id"],
      columns: `n.id AS id, ${body}`,
      value: savedViewOf,
    }),
    deliveries: section("deliveries", {
      match: "(n:Delivery)",
      order: ["n.id"],
      columns: `n.id AS id, ${body}`,
      value: deliveryOf,
    }),
    exceptions: section("exceptions", {
      match: "(n:Exception)",
      order: ["n.id"],
      columns: `n.id AS id, ${body}`,
      value: exceptionOf,
    }),
    exceptionHits: section("exceptionHits", {
      match: "(n:ExceptionHit)",
      order: ["n.key"],
      columns: `n.exceptionId AS exceptionId, n.ruleId AS ruleId, n.subject AS subject, n.eventId AS eventId, n.time AS time, n.countedAt AS countedAt`,
      value: (row) => ({
        exceptionId: text(row, "exceptionId"),
        ruleId: text(row, "ruleId"),
        subject: text(row, "subject"),
        eventId: text(row, "eventId"),
        time: number(row, "time"),
        countedAt: optionalNumber(row, "countedAt"),
      }),
    }),
  } satisfies Partial<SnapshotReader>;
}

/** The state of the product itself. */
function operationSections(section: Section) {
  return {
    engineState: section("engineState", {
      match: "(n:EngineState)",
      // By the hash of both: names contain event values, and texts compare differently with a parameter (decision
      // 0028).
      order: ["n.key"],
      columns: "n.scope AS scope, n.name AS name, n.value AS value",
      value: (row) => ({ scope: text(row, "scope"), name: text(row, "name"), value: text(row, "value") }),
    }),
    ingests: section("ingests", {
      match: "(n:Ingest)",
      order: ["n.id"],
      columns: `n.id AS id, ${body}`,
      value: summaryOf,
    }),
    ruleVersions: section("ruleVersions", {
      match: "(v:RuleVersion)",
      order: ["v.ruleId", "v.hash"],
      columns: ruleVersionColumns,
      value: ruleVersionOf,
    }),
    settings: section("settings", {
      match: "(n:Setting)",
      order: ["n.key"],
      columns: "n.key AS key, n.value AS value",
      value: settingOf,
    }),
    audit: section("audit", {
      match: "(r:AuditRecord)",
      order: ["r.sequence"],
      columns: auditColumns,
      value: auditRecordOf,
    }),
  } satisfies Partial<SnapshotReader>;
}

function sourceOf<T extends object>(queries: Queries, { match, order, columns, value }: Nodes<T>): SectionSource<T> {
  const [first, second = first] = order;
  const keyword = match.includes(" WHERE ") ? "AND" : "WHERE";
  const afterCursor = `${keyword} ${first} >= $first AND ${second} IS NOT NULL
    AND (${first} > $first OR ${second} > $second)`;
  const pageWhere = (condition: string) => `
    MATCH ${match} ${condition}
    RETURN ${first} AS \`sort key 1\`, ${second} AS \`sort key 2\`, ${columns}
    ORDER BY \`sort key 1\`, \`sort key 2\` LIMIT $limit`;
  const firstPage = pageWhere("");
  const nextPage = pageWhere(afterCursor);
  return {
    async count() {
      const [row] = await queries.run(`MATCH ${match} RETURN count(DISTINCT [${order.join(", ")}]) AS counted`);
      return row === undefined ? 0 : number(row, "counted");
    },
    async page(cursor) {
      const [afterFirst, afterSecond] = cursor === undefined ? [] : sortKey.parse(JSON.parse(cursor));
      const rows = await queries.run(cursor === undefined ? firstPage : nextPage, {
        first: afterFirst,
        second: afterSecond,
        limit: PAGE + 1,
      });
      const page = rows.slice(0, PAGE);
      const last = page.at(-1);
      return {
        items: readable(page, value),
        ...(rows.length > PAGE && last !== undefined
          ? { next: JSON.stringify([last["sort key 1"], last["sort key 2"]]) }
          : {}),
      };
    },
  };
}

const sortKey = z.tuple([z.union([z.string(), z.number()]), z.union([z.string(), z.number()])]);

/** Events in the order in which they were appended, a few segments per page. */
function eventSource(queries: Queries): SectionSource<NewEvent> {
  return {
    async count() {
      const [row] = await queries.run("MATCH (e:Event) RETURN count(e) AS counted");
      return row === undefined ? 0 : number(row, "counted");
    },
    async page(cursor) {
      const rows = await queries.run(
        `MATCH (s:Segment) WHERE s.id > $after
         RETURN s.id AS id, s.events AS events, s.originals AS originals ORDER BY id LIMIT $limit`,
        { after: Number(cursor ?? 0), limit: SEGMENTS + 1 },
      );
      const page = rows.slice(0, SEGMENTS);
      const items: NewEvent[] = [];
      for (const row of page) {
        items.push(...(await eventsOf(queries, row)));
      }
      const last = page.at(-1);
      return {
        items,
        ...(rows.length > SEGMENTS && last !== undefined ? { next: String(number(last, "id")) } : {}),
      };
    },
  };
}

/** The events of a segment, without duplicates of events that were stored before: their place is in another segment. */
async function eventsOf(queries: Queries, row: Row): Promise<readonly NewEvent[]> {
  const id = number(row, "id");
  const [all = []] = readable([row], () =>
    storedValue("segment of events", String(id), () => {
      const segment = segmentEvents({ events: bytes(row, "events"), originals: bytes(row, "originals") });
      return Array.from({ length: segment.size }, (_, position) => segment.at(position));
    }),
  );
  const rows = await queries.run("UNWIND $ids AS id MATCH (e:Event {id: id}) RETURN e.id AS id, e.place AS place", {
    ids: all.map(({ event }) => event.id),
  });
  const places = new Map(rows.map((found) => [text(found, "id"), number(found, "place")]));
  return all.filter(({ event }, position) => places.get(event.id) === placeOf(id, position));
}

import { z } from "zod";
import { alertOf } from "../../alerts/body.ts";
import { batchLeftOf, batchOf, batchPartOf } from "../../batches/body.ts";
import { readable, stored, storedValue } from "../../damage.ts";
import { deliveryOf } from "../../deliveries/body.ts";
import type { NewEvent } from "../../events/port.ts";
import { type SegmentEvents, segmentEvents } from "../../events/segment-events.ts";
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
import { auditRecordOf } from "../audit/reader.ts";
import { bytes, type Connection, number, optionalNumber, optionalText, type Row, text } from "../connection.ts";
import { logonCountOf, tieOf } from "../lineage/accounts.ts";
import { addressRow } from "../lineage/hosts.ts";
import { activityOf } from "../lineage/nodes.ts";
import { exitRow, logonFact, processRow, ROW_COLUMNS, sessionRow } from "../lineage/rows.ts";
import { ruleVersionOf } from "../rule-versions/adapter.ts";
import { attachedTextOf } from "../triage/adapter.ts";

/** Values per page. */
const PAGE = 1_000;

/** Where the values of a section are stored, one per row. */
interface Rows<T> {
  readonly columns: string;
  readonly from: string;
  /** Unique together, and the order of an index. */
  readonly order: readonly string[];
  readonly value: (row: Row) => T;
}

type Section = <T extends object>(name: SectionName, source: Rows<T>) => SectionSource<T>;

export function snapshotReader(connection: Connection): SnapshotReader {
  const section: Section = (name, source) =>
    sourceOf(connection, { ...source, value: stored(sectionKinds[name], source.value) });
  return {
    events: eventSource(connection),
    ...lineageSections(section, connection),
    ...alertSections(section),
    ...operationSections(section),
  };
}

/** The process graph. */
function lineageSections(section: Section, connection: Connection) {
  const sessionsOfLogon = "SELECT body FROM sessions WHERE host = ? AND logon_id = ? ORDER BY opened, key";
  return {
    accounts: section("accounts", {
      columns: "key, body",
      from: "users",
      order: ["key"],
      value: accountOf,
    }),
    accountTies: section("accountTies", {
      columns: "user_key, sid, source",
      from: "account_ties",
      order: ["user_key", "sid"],
      value: tieOf,
    }),
    logonCounts: section("logonCounts", {
      columns: "user_key, host, outcome, logon_type, source, count, first, last, body",
      from: "logon_counts JOIN users ON users.key = user_key",
      order: ["user_key", "host", "outcome", "logon_type", "source"],
      value: logonCountOf,
    }),
    hostNames: section("hostNames", {
      columns: "name, host",
      from: "host_names",
      order: ["name"],
      value: (row) => ({ name: text(row, "name"), host: optionalText(row, "host") }),
    }),
    hostEvidence: section("hostEvidence", {
      columns: "name, kind, value, body",
      from: "host_evidence",
      order: ["name", "kind", "value"],
      value: evidenceRow,
    }),
    addresses: section("addresses", {
      columns: "host, name, address, first, last",
      from: "host_addresses",
      order: ["address", "host", "name"],
      value: addressRow,
    }),
    logons: section("logons", {
      columns: "event_id, body",
      from: "logon_facts",
      order: ["event_id"],
      value: logonFact,
    }),
    sessions: section("sessions", {
      columns: "host, logon_id",
      from: "(SELECT DISTINCT host, logon_id FROM sessions)",
      order: ["host", "logon_id"],
      value(row) {
        const [host, logonId] = [text(row, "host"), text(row, "logon_id")];
        return { host, logonId, sessions: connection.prepare(sessionsOfLogon).all(host, logonId).map(sessionRow) };
      },
    }),
    duplicates: section("duplicates", {
      columns: `rowid, ${ROW_COLUMNS}`,
      from: "(SELECT rowid, * FROM processes WHERE merged_into IS NOT NULL)",
      order: ["rowid"],
      value: processRow,
    }),
    processes: section("processes", {
      columns: `rowid, ${ROW_COLUMNS}`,
      from: "(SELECT rowid, * FROM processes WHERE merged_into IS NULL)",
      order: ["rowid"],
      value: processRow,
    }),
    activity: section("activity", {
      columns: "key, network, dns, file, registry, module, access, injection",
      from: "process_activity",
      order: ["key"],
      value: (row) => ({ key: text(row, "key"), ...activityOf(row) }),
    }),
    exits: section("exits", {
      columns: "event_id, process_key, body",
      from: "process_exits",
      order: ["event_id"],
      value: exitRow,
    }),
  } satisfies Partial<SnapshotReader>;
}

/** Alerts, and the work on them. */
function alertSections(section: Section) {
  return {
    alerts: section("alerts", {
      columns: "id, body, status, close_reason AS closeReason",
      from: "alert_bodies JOIN alerts USING (id)",
      order: ["id"],
      value: alertOf,
    }),
    alertAliases: section("alertAliases", {
      columns: "old_id, id",
      from: "alert_aliases",
      order: ["old_id"],
      value: (row) => ({ oldId: text(row, "old_id"), id: text(row, "id") }),
    }),
    attachedTexts: section("attachedTexts", {
      columns: "id, content",
      from: "attached_texts",
      order: ["id"],
      value: attachedTextOf,
    }),
    answers: section("answers", {
      columns: "number, alert_id, body",
      from: "answers",
      order: ["number"],
      value: (row) => ({ alertId: text(row, "alert_id"), answer: answerOf(row) }),
    }),
    checkedItems: section("checkedItems", {
      columns: "alert_id, item",
      from: "checked_items",
      order: ["alert_id", "item"],
      value: (row) => ({ alertId: text(row, "alert_id"), item: text(row, "item") }),
    }),
    transitions: section("transitions", {
      columns: "number, alert_id AS alertId, body",
      from: "transitions",
      order: ["number"],
      value: transitionOf,
    }),
    proposals: section("proposals", {
      columns: "id, alert_id AS alertId, body",
      from: "proposals",
      order: ["id"],
      value: proposalOf,
    }),
    incidents: section("incidents", {
      columns: "id, alert_id AS alertId, body",
      from: "incidents",
      order: ["id"],
      value: incidentRecordOf,
    }),
    batches: section("batches", { columns: "id, body", from: "batches", order: ["id"], value: batchOf }),
    batchParts: section("batchParts", {
      columns: "batch AS id, batch, number, body",
      from: "batch_parts",
      order: ["batch", "number"],
      value: batchPartOf,
    }),
    batchLeft: section("batchLeft", {
      columns: "batch AS id, batch, code, number, body",
      from: "batch_left",
      order: ["batch", "code", "number"],
      value: batchLeftOf,
    }),
    savedViews: section("savedViews", { columns: "id, body", from: "saved_views", order: ["id"], value: savedViewOf }),
    valueLists: section("valueLists", { columns: "id, body", from: "value_lists", order: ["id"], value: valueListOf }),
    valueListParts: section("valueListParts", {
      columns: "list, part, body",
      from: "value_list_parts",
      order: ["list", "part"],
      value: valueListPartOf,
    }),
    deliveries: section("deliveries", { columns: "id, body", from: "deliveries", order: ["id"], value: deliveryOf }),
    exceptions: section("exceptions", {
      columns: "id, body",
      from: "exceptions",
      order: ["id"],
      value: exceptionOf,
    }),
    exceptionHits: section("exceptionHits", {
      columns: "exception_id, rule_id, subject, event_id, time, counted_at",
      from: "exception_hits",
      order: ["exception_id", "rule_id", "subject"],
      value: (row) => ({
        exceptionId: text(row, "exception_id"),
        ruleId: text(row, "rule_id"),
        subject: text(row, "subject"),
        eventId: text(row, "event_id"),
        time: number(row, "time"),
        countedAt: optionalNumber(row, "counted_at"),
      }),
    }),
  } satisfies Partial<SnapshotReader>;
}

/** The state of the product itself. */
function operationSections(section: Section) {
  return {
    engineState: section("engineState", {
      columns: "scope, name, value",
      from: "engine_state",
      order: ["scope", "name"],
      value: (row) => ({ scope: text(row, "scope"), name: text(row, "name"), value: text(row, "value") }),
    }),
    ingests: section("ingests", {
      columns: "id, body",
      from: "ingests",
      order: ["id"],
      value: summaryOf,
    }),
    ruleVersions: section("ruleVersions", {
      columns: "*",
      from: "rule_versions",
      order: ["rule_id", "hash"],
      value: ruleVersionOf,
    }),
    settings: section("settings", {
      columns: "key, value",
      from: "settings",
      order: ["key"],
      value: settingOf,
    }),
    audit: section("audit", {
      columns: "sequence, subject_kind, subject_id, body, hash",
      from: "audit",
      order: ["sequence"],
      value: auditRecordOf,
    }),
  } satisfies Partial<SnapshotReader>;
}

function sourceOf<T extends object>(
  connection: Connection,
  { columns, from, order, value }: Rows<T>,
): SectionSource<T> {
  const orderBy = order.join(", ");
  const afterCursor = `WHERE (${orderBy}) > (${order.map(() => "?").join(", ")})`;
  return {
    count: async () => countOf(connection, from),
    async page(cursor) {
      const rows = connection
        .prepare(
          `SELECT ${columns} FROM ${from} ${cursor === undefined ? "" : afterCursor} ORDER BY ${orderBy} LIMIT ?`,
        )
        .all(...sortKeyOf(cursor), PAGE + 1);
      const page = rows.slice(0, PAGE);
      const last = page.at(-1);
      return {
        items: readable(page, value),
        ...(rows.length > PAGE && last !== undefined ? { next: JSON.stringify(order.map((name) => last[name])) } : {}),
      };
    },
  };
}

const sortKey = z.array(z.union([z.string(), z.number()]));

function sortKeyOf(cursor: string | undefined): readonly (string | number)[] {
  return cursor === undefined ? [] : sortKey.parse(JSON.parse(cursor));
}

function countOf(connection: Connection, from: string): number {
  const row = connection.prepare(`SELECT count(*) AS counted FROM ${from}`).get();
  return row === undefined ? 0 : number(row, "counted");
}

/** Events in the order in which they were appended. A segment is unpacked once per page. */
function eventSource(connection: Connection): SectionSource<NewEvent> {
  const eventsAfter = "SELECT id, time, seq, segment, position FROM events WHERE seq > ? ORDER BY seq LIMIT ?";
  return {
    count: async () => countOf(connection, "events"),
    async page(cursor) {
      const rows = connection.prepare(eventsAfter).all(Number(cursor ?? 0), PAGE + 1);
      const page = rows.slice(0, PAGE);
      const last = page.at(-1);
      const segments = memoized((id: number) => unpackedSegment(connection, id));
      const items = readable(page, (row) => eventAt(row, segments(number(row, "segment"))));
      return {
        items,
        ...(rows.length > PAGE && last !== undefined ? { next: String(number(last, "seq")) } : {}),
      };
    },
  };
}

/** The event of a row, which must be the one that the row was written for. */
const eventAt = (row: Row, segment: () => SegmentEvents): NewEvent =>
  storedValue("segment of events", String(row["segment"]), () => {
    const found = segment().at(number(row, "position"));
    if (found.event.id !== row["id"] || found.event.time !== row["time"]) {
      throw new Error(`position ${row["position"]} holds another event than its row says`);
    }
    return found;
  });

function unpackedSegment(connection: Connection, id: number): () => SegmentEvents {
  let unpacked: SegmentEvents | undefined;
  return () => {
    if (unpacked === undefined) {
      const segment = connection.prepare("SELECT events, originals FROM segments WHERE id = ?").get(id);
      if (segment === undefined) {
        throw new Error("it is missing");
      }
      unpacked = segmentEvents({ events: bytes(segment, "events"), originals: bytes(segment, "originals") });
    }
    return unpacked;
  };
}

function memoized<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => made.getOrInsertComputed(key, make);
}

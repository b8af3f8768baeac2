import { changeStatus } from "../alert/change-status.ts";
import { mergeAlerts } from "../alert/merge.ts";
import type { AlertRecord } from "../alert/record.ts";
import type { Hit } from "../detection/rule.ts";
import type { ActiveException, ActiveExceptions } from "../exception/active.ts";
import { decide, recordEvidence } from "../exception/decide.ts";
import type { AppliedEvents } from "../lineage/apply-events.ts";
import type { StoreTransaction } from "../store/port.ts";
import { countHits } from "./count-hits.ts";
import { type EventLookup, evidenceOf } from "./evidence.ts";
import { followMoved } from "./follow-moved.ts";
import { alertFromHit } from "./from-hit.ts";
import { inMergedIncidents, reopenIncidents, settleMoved } from "./join-incidents.ts";
import { evidenceWithLineage, lineageInWrite, withLineage } from "./lineage-contexts.ts";
import { type AlertProcess, alertProcesses } from "./processes.ts";

export interface Raised {
  /** New alerts, building blocks included. */
  readonly alerts: number;
  /** Alerts that were not raised, or were closed again, because of an exception. */
  readonly suppressed: number;
}

type Tables = Pick<StoreTransaction, "lineage" | "alerts" | "triage" | "exceptions" | "incidents" | "audit">;

/** What a write found. */
interface Found {
  readonly hits: readonly Hit[];
  readonly applied: Pick<AppliedEvents, "processOf" | "rekeyed"> & Partial<Pick<AppliedEvents, "moved">>;
  /** Events that were stored before; asked for where an exception hides a part of a known alert. */
  readonly eventOf: EventLookup;
}

/**
 * Turns hits into alerts, in the transaction that stored the events: one alert per rule and process, however many
 * records describe the process. What exceptions hide is decided by `decide`. See docs/decisions/0003.
 */
export async function raise(tables: Tables, found: Found, exceptions: ActiveExceptions, now: number): Promise<Raised> {
  const { hits, applied } = found;
  const inHand = new Map(hits.map(({ event }) => [event.id, event]));
  const eventOf: EventLookup = async (id) => inHand.get(id) ?? found.eventOf(id);
  if (applied.moved !== undefined && applied.moved.keys.size > 0) {
    await settleMoved(tables, await followMoved(tables, applied.moved, eventOf), now);
  }
  let suppressed = await followRekeyed(tables, applied.rekeyed, eventOf, exceptions, now);
  const keys = [...new Set(hits.flatMap((hit) => applied.processOf.get(hit.event.id) ?? []))];
  const processes = await alertProcesses(tables.lineage, keys);
  const all = candidates(hits, applied.processOf, processes, exceptions);
  const stored = await tables.alerts.existing(
    all.map(({ ruleId, process, first }) => ({ ruleId, processKey: process?.key, eventId: first.event.id })),
  );
  const counted = await countedBefore(tables, all);
  // Two candidates can lead to the same stored alert: the second one needs the alert as the first one left it.
  const written = new Map<string, AlertRecord>();
  const put = async (alert: AlertRecord) => {
    written.set(alert.id, alert);
    await tables.alerts.put(alert);
  };
  const recording = { ...tables, alerts: { ...tables.alerts, put } };
  const fresh: AlertRecord[] = [];
  for (const [index, candidate] of all.entries()) {
    const before = stored[index];
    const known = before === undefined ? undefined : (written.get(before.id) ?? before);
    const state = { known, countedBefore: counted[index] ?? [], eventOf };
    const outcome = await raiseOne(recording, candidate, state, now);
    suppressed += outcome === "suppressed" ? 1 : 0;
    if (typeof outcome === "object") {
      fresh.push(outcome);
    }
  }
  for (const alert of await inMergedIncidents(tables.alerts, fresh)) {
    await put(alert);
  }
  await reopenIncidents(tables, [...written.values()], now, "matched");
  return { alerts: fresh.length, suppressed };
}

/** All hits of one rule on one process (or on one event, where lineage knows no process). */
interface Candidate {
  readonly ruleId: string;
  readonly process?: AlertProcess;
  readonly first: Hit;
  readonly hits: readonly Hit[];
  /** Those in scope of the rule. */
  readonly exceptions: readonly ActiveException[];
}

function candidates(
  hits: readonly Hit[],
  processOf: ReadonlyMap<string, string>,
  processes: ReadonlyMap<string, AlertProcess>,
  exceptions: ActiveExceptions,
): readonly Candidate[] {
  const groups = new Map<string, Candidate & { readonly hits: Hit[] }>();
  for (const hit of hits) {
    const ruleId = hit.rule.id;
    const key = processOf.get(hit.event.id);
    const process = key === undefined ? undefined : processes.get(key);
    const about = JSON.stringify([ruleId, process === undefined ? "event" : "process", process?.key ?? hit.event.id]);
    const group = groups.get(about);
    if (group === undefined) {
      groups.set(about, { ruleId, process, first: hit, hits: [hit], exceptions: exceptions.forRule(ruleId) });
    } else {
      group.hits.push(hit);
    }
  }
  return [...groups.values()];
}

/** For each candidate: ids of the exceptions that counted a hit of the rule on another record of the process start. */
async function countedBefore(tables: Tables, all: readonly Candidate[]): Promise<readonly (readonly string[])[]> {
  const concerned = ({ process, exceptions }: Candidate) => process !== undefined && exceptions.length > 0;
  if (!all.some(concerned)) {
    return [];
  }
  const counted = await tables.exceptions.hitsOf(
    all.map(({ ruleId, process }) => ({ ruleId, subject: process?.key ?? "" })),
  );
  return all.map((candidate, index) => (concerned(candidate) ? (counted[index] ?? []) : []));
}

/** What is stored of a candidate's rule and process. */
interface Stored {
  readonly known: AlertRecord | undefined;
  readonly countedBefore: readonly string[];
  readonly eventOf: EventLookup;
}

/** Returns the alert to add, if there is one. */
async function raiseOne(
  tables: Tables,
  { ruleId, process, hits, exceptions }: Candidate,
  { known, countedBefore, eventOf }: Stored,
  now: number,
): Promise<AlertRecord | "suppressed" | "known"> {
  const events = await withLineage(
    hits.map(({ event }) => event),
    exceptions,
    lineageInWrite(tables.lineage, () => process?.key),
  );
  const evidence = hits.map((hit, index) => ({
    ...recordEvidence(events[index] ?? hit.event, process?.key),
    hit,
  }));
  const decision = decide(evidence, exceptions, countedBefore);
  await countHits(tables.exceptions, ruleId, decision.hits, now);
  const fresh = decision.left.map(({ hit }) => alertFromHit(hit, process, now));
  if (known === undefined) {
    if (fresh.length > 0) {
      return fresh.reduce(mergeAlerts);
    }
    const isNew = decision.hits.some(
      ({ exception: { record } }) => record.mode === "enforced" && !countedBefore.includes(record.id),
    );
    return isNew ? "suppressed" : "known";
  }
  if (decision.hidden.some(({ evidence: { role } }) => role === "start")) {
    const whole = hits.map((hit) => alertFromHit(hit, process, now)).reduce(mergeAlerts, known);
    if (await closeIfHidden(tables, whole, { exceptions, countedBefore, eventOf }, now)) {
      return "suppressed";
    }
  }
  const merged = fresh.reduce(mergeAlerts, known);
  // Records of the start that come later describe the same start: only other records are news to whoever closed it.
  if (known.status === "closed" && decision.left.some(({ role, hit }) => role === "record" && isNewTo(known, hit))) {
    await changeStatus(tables, merged, {
      by: { kind: "detection" },
      at: now,
      to: "open",
      note: "The same process matched the rule again after the alert was closed.",
    });
  } else if (merged.sources.length !== known.sources.length) {
    await tables.alerts.put(merged);
  }
  return "known";
}

function isNewTo(alert: AlertRecord, { event }: Hit): boolean {
  return !alert.sources.some(({ eventId }) => eventId === event.id);
}

/**
 * Moves alerts to the new keys of their processes. Where two records turned out to be of one process start, an
 * exception that hid one of them hides the other too. Returns how many alerts that closes.
 */
async function followRekeyed(
  tables: Tables,
  rekeyed: ReadonlyMap<string, string>,
  eventOf: EventLookup,
  exceptions: ActiveExceptions,
  now: number,
): Promise<number> {
  if (rekeyed.size === 0) {
    return 0;
  }
  await settleMoved(tables, await tables.alerts.rekey(rekeyed), now);
  const { ruleIds } = exceptions;
  if (ruleIds?.length === 0) {
    return 0;
  }
  const processKeys = [...new Set(rekeyed.values())];
  const statuses = ["open"] as const;
  const { items } = await tables.alerts.find({ ruleIds, processKeys, statuses, limit: Number.MAX_SAFE_INTEGER });
  // The events of a sequence or a count are hidden one by one, before the rule takes them.
  const concerned = items.filter(({ sequence }) => sequence === undefined);
  const counted = await tables.exceptions.hitsOf(
    concerned.map(({ rule, processKey = "" }) => ({ ruleId: rule.id, subject: processKey })),
  );
  let closed = 0;
  for (const [index, alert] of concerned.entries()) {
    const countedBefore = counted[index] ?? [];
    const state = { exceptions: exceptions.forRule(alert.rule.id), countedBefore, eventOf };
    closed += countedBefore.length > 0 && (await closeIfHidden(tables, alert, state, now)) ? 1 : 0;
  }
  return closed;
}

/** Closes an open alert of which exceptions leave nothing. Returns whether it did. */
async function closeIfHidden(
  tables: Tables,
  alert: AlertRecord,
  { exceptions, countedBefore, eventOf }: Pick<Candidate, "exceptions"> & Omit<Stored, "known">,
  now: number,
): Promise<boolean> {
  if (alert.status !== "open") {
    return false;
  }
  // All records of an alert on single events are about its process.
  const lineage = lineageInWrite(tables.lineage, () => alert.processKey);
  const evidence = await evidenceWithLineage(await evidenceOf(alert, eventOf), exceptions, lineage);
  const { outcome, hidden } = decide(evidence, exceptions, countedBefore);
  const exception = hidden[0]?.exception.record;
  if (outcome !== "hide" || exception === undefined) {
    return false;
  }
  const closed = await changeStatus(tables, alert, {
    by: { kind: "exception", exception },
    at: now,
    to: "closed",
    reason: "exception",
    note: `Another record of the same process matches the exception "${exception.name}".`,
  });
  return closed.ok;
}

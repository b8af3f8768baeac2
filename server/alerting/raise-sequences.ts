import type { Fields, FieldValue, SourceRef } from "#contracts/event";
import { sequenceAlertId } from "../alert/identity.ts";
import type { AlertRecord } from "../alert/record.ts";
import { fillMessage } from "../detection/message.ts";
import type { Rule } from "../detection/rule.ts";
import { stepsOfMembers } from "../detection/sequence/plan.ts";
import type { SequenceFinding } from "../detection/sequence/run.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { ActiveExceptions } from "../exception/active.ts";
import { decide } from "../exception/decide.ts";
import type { StoreTransaction } from "../store/port.ts";
import { countHits } from "./count-hits.ts";
import type { EventLookup } from "./evidence.ts";
import { alertFromHit } from "./from-hit.ts";
import { inMergedIncidents, reopenIncidents } from "./join-incidents.ts";
import { lineageInWrite, withLineage } from "./lineage-contexts.ts";
import { type AlertProcess, alertProcesses } from "./processes.ts";
import { storedAlert } from "./stored-alert.ts";

/** Looks up the members of findings; most are older than the current batch. */
export interface MemberSource {
  readonly event: EventLookup;
  /** The key of the process that an event belongs to. */
  readonly processKeyOf: (event: StemmaEvent) => Promise<string | undefined>;
}

/**
 * Raises alerts for complete sequences: one per rule and set of events, on the process of the completing event.
 * Enforced exceptions have removed their events beforehand; shadow exceptions that match a member are counted here.
 * Returns how many alerts are new. See docs/decisions/0010.
 */
export async function raiseSequences(
  tables: Pick<StoreTransaction, "lineage" | "alerts" | "exceptions" | "incidents" | "audit">,
  findings: readonly SequenceFinding[],
  members: MemberSource,
  exceptions: ActiveExceptions,
  now: number,
): Promise<number> {
  const raised = new Map<string, AlertRecord>();
  for (const finding of findings) {
    const { rule } = finding;
    const eventIds = finding.members.map(({ id }) => id);
    const id = sequenceAlertId(rule.id, eventIds);
    if (raised.has(id) || (await storedAlert(tables, id)) !== undefined) {
      continue;
    }
    const events = (await Promise.all(eventIds.map((eventId) => members.event(eventId)))).filter(
      (event) => event !== undefined,
    );
    const last = events.at(-1);
    if (last === undefined) {
      continue;
    }
    const key = await members.processKeyOf(last);
    const process = key === undefined ? undefined : (await alertProcesses(tables.lineage, [key])).get(key);
    raised.set(id, alertOverEvents(id, rule, events, last, process, now));
    const subject = process?.key ?? last.id;
    const steps = rule.body.kind === "sequence" ? stepsOfMembers(rule.body.plan) : [];
    const stepOf = new Map(eventIds.map((eventId, index) => [eventId, steps[index]]));
    const shadows = exceptions.forRule(rule.id, "shadow");
    const seen = await withLineage(events, shadows, lineageInWrite(tables.lineage, members.processKeyOf));
    const evidence = seen.map((event) => ({ event, role: "member", subject, step: stepOf.get(event.id) }) as const);
    await countHits(tables.exceptions, rule.id, decide(evidence, shadows).hits, now);
  }
  const alerts = await inMergedIncidents(tables.alerts, [...raised.values()]);
  for (const alert of alerts) {
    await tables.alerts.put(alert);
  }
  await reopenIncidents(tables, alerts, now, "matched");
  return raised.size;
}

/** An alert over several events. `last` is the leading event: the alert is about its process. */
export function alertOverEvents(
  id: string,
  rule: Rule,
  events: readonly StemmaEvent[],
  last: StemmaEvent,
  process: AlertProcess | undefined,
  now: number,
): AlertRecord {
  const fields = sharedFields(events);
  const message = rule.message === undefined ? rule.name : fillMessage(rule.message, fields);
  const sources = new Map<string, SourceRef>([last, ...events].map((event) => [event.id, event.source]));
  return {
    ...alertFromHit({ rule, event: last, message }, process, now),
    id,
    time: Math.min(...events.map(({ time }) => time)),
    sources: [...sources.values()],
    fields,
    sequence: { eventIds: events.map((event) => event.id), last: last.fields },
  };
}

/** The fields that all events share with the same value. */
export function sharedFields(events: readonly StemmaEvent[]): Fields {
  const [first, ...others] = events;
  const shared: Record<string, FieldValue> = Object.create(null);
  for (const [name, value] of Object.entries(first?.fields ?? {})) {
    const text = JSON.stringify(value);
    if (others.every((event) => JSON.stringify(event.fields[name]) === text)) {
      shared[name] = value;
    }
  }
  return shared;
}

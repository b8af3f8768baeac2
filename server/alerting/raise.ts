import type { ExceptionRecord } from "#contracts/exception";
import { changeStatus } from "../alert/change-status.ts";
import { mergeAlerts } from "../alert/merge.ts";
import type { AlertRecord } from "../alert/record.ts";
import { compileCondition } from "../condition/evaluate.ts";
import type { Hit } from "../detection/rule.ts";
import type { StemmaEvent } from "../event/event.ts";
import { appliesTo, exceptionCondition, isInForce } from "../exception/condition.ts";
import { isProcessStart, remainingRecords } from "../exception/hides.ts";
import type { AppliedEvents } from "../lineage/apply-events.ts";
import type { StoreTransaction } from "../store/port.ts";
import { alertFromHit } from "./from-hit.ts";
import { type AlertProcess, alertProcesses } from "./processes.ts";

export interface Raised {
  /** New alerts, building blocks included. */
  readonly alerts: number;
  /** Alerts that were not raised, or were closed again, because of an exception. */
  readonly suppressed: number;
}

/** Exceptions made ready for one run: compiled once, those without effect left out. */
export interface ActiveException {
  readonly record: ExceptionRecord;
  matches(event: StemmaEvent): boolean;
}

export function activeExceptions(exceptions: readonly ExceptionRecord[], now: number): readonly ActiveException[] {
  return exceptions
    .filter((record) => isInForce(record, now))
    .map((record) => {
      const matches = compileCondition(exceptionCondition(record));
      return { record, matches: (event) => matches(event.fields) };
    });
}

type Tables = Pick<StoreTransaction, "lineage" | "alerts" | "triage" | "exceptions" | "audit">;

/**
 * From hits to alerts, inside the write that stored the events: one alert per rule and process, however many records tell
 * of the process. An enforced exception that matches ANY record of the start of a process hides the alert, whichever record
 * came first; any other record it hides for itself alone (`exceptions/hides.ts`). A shadow exception only counts.
 */
export async function raise(
  tables: Tables,
  found: { readonly hits: readonly Hit[]; readonly absorbed: Pick<AppliedEvents, "processOf" | "rekeyed"> },
  exceptions: readonly ActiveException[],
  now: number,
): Promise<Raised> {
  let suppressed = await followTwins(tables, found.absorbed.rekeyed, exceptions, now);
  let alerts = 0;
  const { processOf } = found.absorbed;
  const keys = [...new Set(found.hits.flatMap((hit) => processOf.get(hit.event.id) ?? []))];
  const processes = await alertProcesses(tables.lineage, keys);
  const all = candidates(found.hits, processOf, processes);
  const stored = await tables.alerts.existing(
    all.map(({ ruleId, process, first }) => ({ ruleId, processKey: process?.key, eventId: first.event.id })),
  );
  const hidden = await hiddenBefore(tables, all, exceptions);
  // Two candidates can lead to one alert that is stored: the second has to see what the first made of it.
  const written = new Map<string, AlertRecord>();
  const put = async (alert: AlertRecord) => {
    written.set(alert.id, alert);
    await tables.alerts.put(alert);
  };
  const recording = { ...tables, alerts: { ...tables.alerts, put } };
  for (const [index, candidate] of all.entries()) {
    const before = stored[index];
    const known = before === undefined ? undefined : (written.get(before.id) ?? before);
    const outcome = await raiseOne(recording, candidate, { known, before: hidden[index] ?? [] }, exceptions, now);
    alerts += outcome === "raised" ? 1 : 0;
    suppressed += outcome === "suppressed" ? 1 : 0;
  }
  return { alerts, suppressed };
}

/** All hits of one rule on one process (or on one event, where lineage knows no process). */
interface Candidate {
  readonly ruleId: string;
  readonly process?: AlertProcess;
  readonly first: Hit;
  readonly hits: readonly Hit[];
}

function candidates(
  hits: readonly Hit[],
  processOf: ReadonlyMap<string, string>,
  processes: ReadonlyMap<string, AlertProcess>,
): readonly Candidate[] {
  const groups = new Map<string, Candidate & { readonly hits: Hit[] }>();
  for (const hit of hits) {
    const key = processOf.get(hit.event.id);
    const process = key === undefined ? undefined : processes.get(key);
    const about = JSON.stringify([
      hit.rule.id,
      process === undefined ? "event" : "process",
      process?.key ?? hit.event.id,
    ]);
    const group = groups.get(about);
    if (group === undefined) {
      groups.set(about, { ruleId: hit.rule.id, process, first: hit, hits: [hit] });
    } else {
      group.hits.push(hit);
    }
  }
  return [...groups.values()];
}

/** What is stored of a candidate's rule and process. */
interface Stored {
  readonly known: AlertRecord | undefined;
  /** Exceptions that counted a hit on the process before. */
  readonly before: readonly string[];
}

/** For each candidate; counted hits say something only of exceptions that are in force. */
async function hiddenBefore(
  tables: Tables,
  all: readonly Candidate[],
  exceptions: readonly ActiveException[],
): Promise<readonly (readonly string[])[]> {
  if (exceptions.length === 0) {
    return [];
  }
  const counted = await tables.exceptions.hitsOf(
    all.map(({ ruleId, process }) => ({ ruleId, subject: process?.key ?? "" })),
  );
  return all.map(({ process }, index) => (process === undefined ? [] : (counted[index] ?? [])));
}

async function raiseOne(
  tables: Tables,
  { ruleId, process, hits }: Candidate,
  { known, before }: Stored,
  exceptions: readonly ActiveException[],
  now: number,
): Promise<"raised" | "suppressed" | "known"> {
  const starts = (hit: Hit) => isProcessStart(hit.event.fields);
  const matching = exceptions.filter(
    ({ record, matches }) => appliesTo(record, ruleId) && hits.some((hit) => matches(hit.event)),
  );
  for (const { record, matches } of matching) {
    for (const hit of hits.filter((candidate) => matches(candidate.event))) {
      const subject = process !== undefined && starts(hit) ? process.key : hit.event.id;
      await tables.exceptions.addHit(record.id, { ruleId, subject, eventId: hit.event.id, time: hit.event.time });
    }
  }
  const enforced = matching.filter(({ record }) => record.mode === "enforced");
  // The other record of the start may have been hidden before this one came.
  const earlier = exceptions.find(({ record }) => record.mode === "enforced" && before.includes(record.id));
  const left = enforced
    .reduce(
      (rest, exception) =>
        remainingRecords(
          rest,
          ({ event }) => event.fields,
          (hit) => exception.matches(hit.event),
        ),
      hits,
    )
    .filter((hit) => earlier === undefined || !starts(hit));
  const fresh = left.map((hit) => alertFromHit(hit, process, now));
  if (known === undefined) {
    if (fresh.length === 0) {
      return enforced.some(({ record }) => !before.includes(record.id)) ? "suppressed" : "known";
    }
    await tables.alerts.put(fresh.reduce(mergeAlerts));
    return "raised";
  }
  const hiding = hits.some((hit) => starts(hit) && !left.includes(hit)) ? (enforced[0] ?? earlier) : undefined;
  if (hiding !== undefined && isProcessStart(known.fields)) {
    const all = hits.map((hit) => alertFromHit(hit, process, now));
    if (await closeByException(tables, all.reduce(mergeAlerts, known), hiding.record, now)) {
      return "suppressed";
    }
  }
  const merged = fresh.reduce(mergeAlerts, known);
  if (known.status === "closed" && left.some((hit) => !starts(hit) && isNewTo(known, hit))) {
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
 * Two records turned out to be of one process: alerts follow to its key, and what hid the one record's alert hides the
 * other's too. Returns how many alerts that closes.
 */
async function followTwins(
  tables: Tables,
  rekeyed: ReadonlyMap<string, string>,
  exceptions: readonly ActiveException[],
  now: number,
): Promise<number> {
  if (rekeyed.size === 0) {
    return 0;
  }
  await tables.alerts.rekey(rekeyed);
  const enforced = exceptions.filter(({ record }) => record.mode === "enforced");
  if (enforced.length === 0) {
    return 0;
  }
  let closed = 0;
  const processKeys = [...new Set(rekeyed.values())];
  const { items } = await tables.alerts.find({ processKeys, statuses: ["open"], limit: Number.MAX_SAFE_INTEGER });
  // Of a rule over several events, exceptions take events, not alerts.
  const single = items.filter(({ sequence }) => sequence === undefined);
  const hits = await tables.exceptions.hitsOf(
    single.map(({ rule, processKey = "" }) => ({ ruleId: rule.id, subject: processKey })),
  );
  for (const [index, alert] of single.entries()) {
    const hiding = enforced.find(({ record }) => hits[index]?.includes(record.id));
    if (hiding !== undefined) {
      closed += (await closeByException(tables, alert, hiding.record, now)) ? 1 : 0;
    }
  }
  return closed;
}

/** Returns whether the alert was closed: an exception closes open alerts only. */
async function closeByException(
  tables: Tables,
  alert: AlertRecord,
  exception: ExceptionRecord,
  now: number,
): Promise<boolean> {
  const closed = await changeStatus(tables, alert, {
    by: { kind: "exception", exception },
    at: now,
    to: "closed",
    reason: "exception",
    note: `Another record of the same process matches the exception "${exception.name}".`,
  });
  return closed.ok;
}

import type { Fields } from "#contracts/event";
import { type StemmaEvent, valuesOf } from "../event/event.ts";
import type { ActiveException, ExceptedEvent } from "./active.ts";

/** An event that an alert, or a finding that would become one, rests on. */
export interface Evidence {
  readonly event: StemmaEvent & ExceptedEvent;
  readonly role: Role;
  /** Of an event of a sequence: the step that it takes, counted from 1. */
  readonly step?: number;
  /** What a hit of an exception on this event is counted for: a process key or an event id. */
  readonly subject: string;
}

/** The part that an event plays in an alert: it determines what an exception hides by matching the event. */
export type Role =
  /** A record of the start of the process that the alert is about. Sysmon and Security each write one. */
  | "start"
  /** Any other record that a rule over single events matched. */
  | "record"
  /** An event of a sequence or a sample. */
  | "member"
  /** An event among those that a rule counts or compares. */
  | "counted";

export interface Decision<E extends Evidence> {
  /**
   * What becomes of the alert. `raise`: it rests on the evidence that is left. `recount`: the rule decides whether the
   * evidence that is left is enough. `hide`: no alert.
   */
  readonly outcome: "raise" | "recount" | "hide";
  /** In the given order. */
  readonly left: readonly E[];
  readonly hidden: readonly Match<E>[];
  /** The matches to count for the exceptions, those in shadow mode included. */
  readonly hits: readonly Match<E>[];
}

export interface Match<E extends Evidence> {
  readonly evidence: E;
  readonly exception: ActiveException;
}

/**
 * Decides what exceptions hide. It is the only place that does: raising alerts, events on their way to sequences and
 * counts, the dry run and saving all ask here.
 *
 * - Only enforced exceptions hide. Those in shadow mode are counted. Of several exceptions the first one hides.
 * - Records of one process start describe one fact: an exception that matches one of them hides all of them, also when
 *   the others arrived in an earlier write (`countedBefore`).
 * - An exception for one step of sequences hides events from this step only, and nothing from other rules.
 * - Any other event is hidden on its own: an exception for one file that a process wrote does not cover the next file.
 * - An alert on single events is hidden when nothing is left of it, a sequence or sample as soon as it lacks an event.
 *   Rules that count have to count again.
 *
 * @param exceptions Those in scope of the rule.
 * @param countedBefore Ids of exceptions that counted a hit on another record of the same process start before.
 *
 * See docs/decisions/0011 and 0032.
 */
export function decide<E extends Evidence>(
  evidence: readonly E[],
  exceptions: readonly ActiveException[],
  countedBefore: readonly string[] = [],
): Decision<E> {
  if (exceptions.length === 0) {
    return { outcome: "raise", left: evidence, hidden: [], hits: [] };
  }
  const enforced = exceptions.filter(({ record }) => record.mode === "enforced");
  const starts = evidence.filter(({ role }) => role === "start");
  const startHiddenBy =
    enforced.find((exception) => starts.some((start) => covers(exception, start))) ??
    enforced.find(({ record }) => countedBefore.includes(record.id));
  const left: E[] = [];
  const hidden: Match<E>[] = [];
  for (const one of evidence) {
    const hiddenBy = one.role === "start" ? startHiddenBy : enforced.find((exception) => covers(exception, one));
    if (hiddenBy === undefined) {
      left.push(one);
    } else {
      hidden.push({ evidence: one, exception: hiddenBy });
    }
  }
  return { outcome: outcomeOf(left, hidden), left, hidden, hits: hitsOf(evidence, exceptions, hidden) };
}

/** An exception for one step of sequences covers events in no other role. */
function covers({ step, matches }: ActiveException, evidence: Evidence): boolean {
  return (step === undefined || step === evidence.step) && matches(evidence.event);
}

/** The evidence that a record is for an alert of a rule over single events. */
export function recordEvidence(
  event: Evidence["event"],
  processKey: string | undefined,
): Evidence & { readonly role: "start" | "record" } {
  return isProcessStart(event.fields)
    ? { event, role: "start", subject: processKey ?? event.id }
    : { event, role: "record", subject: event.id };
}

function isProcessStart(fields: Fields): boolean {
  return valuesOf(fields, "event.category").includes("process") && valuesOf(fields, "event.type").includes("start");
}

function outcomeOf(left: readonly Evidence[], hidden: readonly Match<Evidence>[]): Decision<Evidence>["outcome"] {
  if (hidden.some(({ evidence }) => evidence.role === "counted")) {
    return "recount";
  }
  return hidden.length > 0 && (left.length === 0 || hidden.some(({ evidence }) => evidence.role === "member"))
    ? "hide"
    : "raise";
}

/**
 * A record counts for each exception that matches it. An event of a sequence or a count counts for the exception that
 * hides it; an exception in shadow mode counts once for all such events of one alert.
 */
function hitsOf<E extends Evidence>(
  evidence: readonly E[],
  exceptions: readonly ActiveException[],
  hidden: readonly Match<E>[],
): readonly Match<E>[] {
  const matchesOf = (exception: ActiveException, events: readonly E[]): readonly Match<E>[] =>
    events.filter((one) => covers(exception, one)).map((one) => ({ evidence: one, exception }));
  const shadows = exceptions.filter(({ record }) => record.mode === "shadow");
  const parts = evidence.filter((one) => !isRecord(one));
  return [
    ...exceptions.flatMap((exception) => matchesOf(exception, evidence.filter(isRecord))),
    ...hidden.filter((match) => !isRecord(match.evidence)),
    ...shadows.flatMap((exception) => matchesOf(exception, parts).slice(0, 1)),
  ];
}

function isRecord({ role }: Evidence): boolean {
  return role === "start" || role === "record";
}

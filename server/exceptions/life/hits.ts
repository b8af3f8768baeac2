import type { ExceptionRecord } from "#contracts/exception";
import type { HiddenHitState } from "#contracts/exception-life";
import { transitionAction } from "../../alert/change-status.ts";
import { alertId } from "../../alert/identity.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { exceptionsInForce } from "../../alerting/exceptions-in-force.ts";
import { lineageContexts } from "../../alerting/lineage-contexts.ts";
import type { Detector, Rule } from "../../detection/rule.ts";
import type { StemmaEvent } from "../../event/event.ts";
import type { ActiveExceptions } from "../../exception/active.ts";
import { formerId } from "../../lib/plain-id.ts";
import { spanOf } from "../../pipeline/sequence-runner.ts";
import type { StoredHit } from "../../store/exceptions/port.ts";
import type { Store } from "../../store/port.ts";

/** Hits whose events and alerts are looked up together. */
export const hitsPerPage = 100;
/** Milliseconds around an event within which the alert of a rule that counts is looked for. */
const countingSpan = 31 * 86_400_000;
/**
 * Alerts of one rule over several events that are searched for the events of a page of hits. Beyond these, a hit counts
 * as incomplete: running the rule again then finds the alert.
 */
const mostSearched = 2000;

/** Where hits are judged: what is stored, and the rules that are loaded. */
export interface LifeContext {
  readonly store: Store;
  readonly detector: Detector;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A hit with what is stored about it. */
export interface JudgedHit {
  readonly hit: StoredHit;
  readonly rule: Rule | undefined;
  readonly event: StemmaEvent | undefined;
  readonly processKey: string | undefined;
  readonly state: HiddenHitState;
  readonly alert: AlertRecord | undefined;
  /** Whether the exception as it is now would hide it again. */
  readonly stillHidden: boolean;
  /** Why it is lost. */
  readonly reason?: string;
}

/** A hit that raised nothing, and why. */
export type Left = readonly [judged: JudgedHit, reason: string];

/** The id of a hit among those of its exception. */
export function hitId({ time, ruleId, subject }: StoredHit): string {
  return Buffer.from(JSON.stringify([time, ruleId, subject])).toString("base64url");
}

/** All hits of an exception by pages, newest event first. */
export async function* hitsOf(
  { exceptions }: Pick<Store, "exceptions">,
  id: string,
  limit = hitsPerPage,
): AsyncGenerator<readonly StoredHit[]> {
  let page: readonly StoredHit[] = [];
  do {
    page = await exceptions.hits(id, { after: page.at(-1), limit });
    if (page.length > 0) {
      yield page;
    }
  } while (page.length === limit);
}

/** What became of each hit: whether there is an alert, and whether the exception would hide it again. */
export async function judgeHits(
  context: LifeContext,
  record: ExceptionRecord,
  hits: readonly StoredHit[],
): Promise<readonly JudgedHit[]> {
  const { store, detector } = context;
  const events = await Promise.all(hits.map(({ eventId }) => store.events.get(eventId)));
  const stored = events.filter((event) => event !== undefined);
  const processes = await store.lineage.processesOf(stored);
  const keys = new Map([...processes].map(([id, { key }]) => [id, key]));
  const alerts = await alertsOf(context, hits, keys);
  const hides = await currentlyHides(context, record, stored, keys);
  return Promise.all(
    hits.map(async (hit, index): Promise<JudgedHit> => {
      const event = events[index];
      const rule = detector.byId.get(hit.ruleId);
      const alert = alerts[index];
      const about = { hit, rule, event, processKey: keys.get(hit.eventId), alert };
      if (alert !== undefined) {
        const isClosed = await isClosedBy(store, alert, record.id);
        return { ...about, state: isClosed ? "closed" : "in-queue", stillHidden: hides(hit.ruleId, event) };
      }
      const reason = lostReason(rule, event);
      return reason === undefined
        ? { ...about, state: isOverSeveral(rule) ? "incomplete" : "hidden", stillHidden: hides(hit.ruleId, event) }
        : { ...about, state: "lost", stillHidden: false, reason };
    }),
  );
}

/** Whether a rule needs several events for an alert. */
export function isOverSeveral(rule: Rule | undefined): boolean {
  return rule?.body.kind === "sequence" || rule?.body.kind === "correlation";
}

function lostReason(rule: Rule | undefined, event: StemmaEvent | undefined): string | undefined {
  if (event === undefined) {
    return "Its event is not stored any more";
  }
  if (rule === undefined) {
    return "Its rule is not loaded, or disabled";
  }
  return rule.body.kind === "not-evaluable" ? "Its rule cannot be evaluated any more" : undefined;
}

/** By rule and event: what the exception does now. It hides nothing if it is not in force, or in shadow mode. */
async function currentlyHides(
  { store, detector, now }: LifeContext,
  record: ExceptionRecord,
  events: readonly StemmaEvent[],
  keys: ReadonlyMap<string, string>,
): Promise<(ruleId: string, event: StemmaEvent | undefined) => boolean> {
  const alone: ActiveExceptions = await exceptionsInForce(
    { ...store, exceptions: { ...store.exceptions, all: async () => [record] } },
    detector,
    now,
  );
  const lineage = alone.needLineage ? await lineageContexts(store.lineage, events, keys) : undefined;
  return (ruleId, event) =>
    event !== undefined &&
    alone
      .forRule(ruleId, "enforced")
      .some(({ matches }) => matches({ fields: event.fields, lineage: lineage?.get(event.id) }));
}

/** Per hit: the alert of its rule that rests on its event. */
async function alertsOf(
  { store, detector }: LifeContext,
  hits: readonly StoredHit[],
  keys: ReadonlyMap<string, string>,
): Promise<readonly (AlertRecord | undefined)[]> {
  const single = hits.filter(({ ruleId }) => !isOverSeveral(detector.byId.get(ruleId)));
  const several = hits.filter(({ ruleId }) => isOverSeveral(detector.byId.get(ruleId)));
  const found = new Map<string, AlertRecord>();
  const note = (alert: AlertRecord) => {
    for (const { eventId } of alert.sources) {
      found.set(JSON.stringify([alert.rule.id, eventId]), alert);
    }
  };
  const ids = [...new Set(single.flatMap((hit) => idsOf(hit, keys.get(hit.eventId))))];
  if (ids.length > 0) {
    const { items } = await store.alerts.find({ ids, limit: ids.length });
    items.forEach(note);
  }
  for (const [ruleId, ofRule] of Map.groupBy(several, (hit) => hit.ruleId)) {
    const times = ofRule.map(({ time }) => time);
    const body = detector.byId.get(ruleId)?.body;
    const span = body?.kind === "sequence" ? spanOf(body.plan) : countingSpan;
    let searched = 0;
    // The time of such an alert is that of its first event.
    for await (const alert of store.alerts.each({
      ruleIds: [ruleId],
      ...{ from: Math.min(...times) - span, to: Math.max(...times) },
    })) {
      note(alert);
      searched += 1;
      if (searched === mostSearched) {
        break;
      }
    }
  }
  return hits.map(({ ruleId, eventId }) => found.get(JSON.stringify([ruleId, eventId])));
}

/** The ids that the alert of a hit can have. */
function idsOf({ ruleId, eventId }: StoredHit, processKey: string | undefined): readonly string[] {
  const ids = [
    alertId(ruleId, { eventId }),
    ...(processKey === undefined ? [] : [alertId(ruleId, { processKey, eventId })]),
  ];
  return ids.flatMap((id) => [id, formerId(id) ?? id]);
}

/** Whether an alert is closed, and by this exception: by the last change of its status in the audit trail. */
async function isClosedBy({ audit }: Store, alert: AlertRecord, exceptionId: string): Promise<boolean> {
  if (alert.status !== "closed" || alert.closeReason !== "exception") {
    return false;
  }
  const records = await audit.about({ kind: "alert", ids: [alert.id] }, { limit: 50 });
  const last = records.find(({ action }) => action === transitionAction)?.after;
  const by = typeof last === "object" && last !== null && "exception" in last ? last.exception : undefined;
  // Records of older versions name no exception.
  return by === undefined || by === exceptionId;
}

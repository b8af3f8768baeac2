import type { ExceptionDraft } from "#contracts/exception";
import type { WorkProgress } from "#contracts/work";
import type { AlertRecord } from "../alert/record.ts";
import { type EventLookup, evidenceOf } from "../alerting/evidence.ts";
import { withGraphFields } from "../alerting/graph-event.ts";
import { compileCondition } from "../condition/evaluate.ts";
import { usesFields } from "../condition/relax.ts";
import { graphFields } from "../detection/graph-fields.ts";
import type { Rule } from "../detection/rule.ts";
import { compileException } from "../exception/active.ts";
import { entryCondition, groupsOf } from "../exception/condition.ts";
import { decide, type Evidence } from "../exception/decide.ts";
import { ruleIdsInScope } from "../exception/scope.ts";
import { plainId } from "../lib/plain-id.ts";
import type { StoreReader } from "../store/port.ts";
import type { BreadthCollector } from "./measure/collect.ts";
import { recount } from "./recount.ts";

/** Alerts whose events are looked up together. */
const partSize = 200;

/** An alert without what makes it large: a dry run may hide all of them. */
export type BriefAlert = Omit<
  AlertRecord,
  "fields" | "sources" | "sequence" | "correlation" | "group" | "message" | "techniques"
>;

/** An alert that the exception hides. */
export interface HiddenAlert {
  readonly alert: BriefAlert;
  /** Its source events that the exception matches. */
  readonly eventIds: readonly string[];
  /** What saving counts for the exception. */
  readonly hits: readonly { readonly subject: string; readonly eventId: string; readonly time: number }[];
}

export interface HiddenAlerts {
  /** Newest first. */
  readonly hidden: readonly HiddenAlert[];
  /** How many of the rules' stored alerts each entry of the draft matches on its own. */
  readonly entryMatches: readonly number[];
  readonly truncationReason?: string;
}

/**
 * The stored alerts that would not have been raised had the exception been in force:
 *
 * - an alert on single events, when the exception leaves none of its records;
 * - an alert on a sequence or a sample, when the exception matches one of its events;
 * - an alert of a rule that counts, when the exception matches one of its events and the rule, run again over the
 *   stored events that are left, does not find it.
 *
 * What rules would find in place of a hidden alert is not part of the answer. See docs/decisions/0032.
 */
export async function hiddenAlerts(
  store: StoreReader,
  rules: readonly Rule[],
  draft: ExceptionDraft,
  now: number,
  onProgress?: (progress: WorkProgress) => void,
  breadth?: Pick<BreadthCollector, "addAlert">,
): Promise<HiddenAlerts> {
  const enforced = compileException({ ...draft, id: "", mode: "enforced" });
  const asSaved = compileException({ ...draft, id: "" });
  const entryTests = groupsOf(draft)
    .flat()
    .map((entry) => compileCondition(entryCondition(entry)));
  const entryMatches = draft.entries.map(() => 0);
  const eventOf = eventLookups(store, rules);
  const affected: (HiddenAlert & { readonly tooFewLeft: boolean; readonly isCounted: boolean })[] = [];
  const brief = briefly();
  const ruleIds = ruleIdsInScope(draft, rules);
  const judge = (alert: AlertRecord, evidence: readonly Evidence[]) => {
    const { outcome, hits } = decide(evidence, [enforced]);
    const tooFew = outcome === "hide" || (outcome === "recount" && tooFewLeft(alert, evidence.length, hits.length));
    if (outcome !== "raise" || isListedInPart(alert, evidence)) {
      affected.push({
        alert: brief(alert),
        isCounted: alert.correlation !== undefined,
        eventIds: hits.map(({ evidence: { event } }) => event.id),
        hits: decide(evidence, [asSaved]).hits.map(hitOf),
        tooFewLeft: tooFew,
      });
    }
    const matchesEntry = entryTests.map((test) => evidence.some(({ event }) => test(event.fields)));
    for (const index of entryMatches.keys()) {
      entryMatches[index] = (entryMatches[index] ?? 0) + (matchesEntry[index] ? 1 : 0);
    }
    breadth?.addAlert(alert, matchesEntry, tooFew);
  };
  const asked = store.alerts.find({ ruleIds, limit: 1 });
  // Awaited below; the loop may fail first.
  asked.catch(() => undefined);
  let tested = 0;
  for await (const alerts of inParts(store.alerts.each({ ruleIds, order: "newest-first" }), partSize)) {
    const evidence = await Promise.all(alerts.map((alert) => evidenceOf(alert, eventOf(alert.rule.id))));
    alerts.forEach((alert, index) => void judge(alert, evidence[index] ?? []));
    tested += alerts.length;
    onProgress?.({ done: tested, total: (await asked).total, unit: "alerts" });
  }
  const counting = new Set(affected.flatMap(({ alert, isCounted }) => (isCounted ? [alert.rule.id] : [])));
  const { stillFound, truncationReason } = await recount(
    store,
    rules.filter(({ id }) => counting.has(id)),
    enforced,
    now,
  );
  const isHidden = ({ alert, isCounted, tooFewLeft }: (typeof affected)[number]) => {
    const found = isCounted ? stillFound.get(plainId(alert.id)) : undefined;
    return found === undefined ? tooFewLeft : !found;
  };
  return { hidden: affected.filter(isHidden), entryMatches, truncationReason };
}

async function* inParts<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let part: T[] = [];
  for await (const item of items) {
    part.push(item);
    if (part.length === size) {
      yield part;
      part = [];
    }
  }
  if (part.length > 0) {
    yield part;
  }
}

/** Keeps of alerts what a dry run needs, each rule once. */
export function briefly(): (alert: AlertRecord) => BriefAlert {
  const rules = new Map<string, AlertRecord["rule"]>();
  return ({ fields: _, sources: __, sequence: ___, correlation: ____, group: _____, ...rest }) => {
    const { message: ______, techniques: _______, rule, ...brief } = rest;
    const key = `${rule.id} ${rule.version}`;
    const known = rules.get(key) ?? rule;
    rules.set(key, known);
    return { ...brief, rule: known };
  };
}

/** Looks events up as the rule saw them: where it asks for fields of the process graph, completed by these. */
function eventLookups(store: StoreReader, rules: readonly Rule[]): (ruleId: string) => EventLookup {
  const completed = new Set(
    rules.flatMap(({ id, body }) =>
      (body.kind === "event" || body.kind === "grouped") && usesFields(body.condition, graphFields) ? [id] : [],
    ),
  );
  const stored: EventLookup = (id) => store.events.get(id);
  const withGraph: EventLookup = async (id) => {
    const event = await stored(id);
    return event === undefined ? undefined : (await withGraphFields(store.lineage, event)).event;
  };
  return (ruleId) => (completed.has(ruleId) ? withGraph : stored);
}

/** An alert of a rule that counts lists its first events only: the exception may match others. */
function isListedInPart({ correlation }: AlertRecord, evidence: readonly Evidence[]): boolean {
  return correlation !== undefined && correlation.count > evidence.length;
}

/** Judged by the listed events alone: whether those that are left are fewer than the rule asks for. */
function tooFewLeft({ correlation }: AlertRecord, listed: number, matched: number): boolean {
  const { count = listed, counted = [] } = correlation ?? {};
  const least = counted.find(({ of }) => of === "events")?.least ?? 1;
  return matched === listed || count - matched < least;
}

function hitOf({ evidence }: { readonly evidence: Evidence }): HiddenAlert["hits"][number] {
  const { event, subject } = evidence;
  return { subject, eventId: event.id, time: event.time };
}

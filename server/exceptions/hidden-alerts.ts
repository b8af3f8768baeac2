import type { ExceptionDraft } from "#contracts/exception";
import type { ExceptionEntry } from "#contracts/exception-entry";
import type { WorkProgress } from "#contracts/work";
import type { AlertRecord } from "../alert/record.ts";
import { type EventLookup, evidenceOf } from "../alerting/evidence.ts";
import { withGraphFields } from "../alerting/graph-event.ts";
import { evidenceWithLineage, storedLineage } from "../alerting/lineage-contexts.ts";
import { usesFields } from "../condition/relax.ts";
import type { Condition } from "../condition/tree.ts";
import { graphFields } from "../detection/graph-fields.ts";
import type { Rule } from "../detection/rule.ts";
import { type ActiveException, compileException } from "../exception/active.ts";
import { exceptionCondition, groupsOf } from "../exception/condition.ts";
import { decide, type Evidence } from "../exception/decide.ts";
import { type ListLookup, noLists } from "../exception/lists.ts";
import { ruleIdsInScope } from "../exception/scope.ts";
import { plainId } from "../lib/plain-id.ts";
import type { StoreReader } from "../store/port.ts";
import type { BreadthCollector } from "./measure/collect.ts";
import { type ReadMatching, type ReplayedFinding, replay } from "./replay.ts";

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
  /** By entry over all groups: how many of the rules' stored alerts it matches on its own. */
  readonly entryMatches: readonly number[];
  /** What would be raised in place of hidden alerts and is not stored. */
  readonly instead: readonly ReplayedFinding[];
  /** Ids of alerts that rest on no hidden event, and that the rule would put together differently. They stay. */
  readonly regrouped: readonly string[];
  readonly truncationReason?: string;
}

/** The work as far as it has come. */
export interface JudgedSoFar {
  readonly tested: number;
  /** In the order in which they were judged: the newest first. */
  readonly hidden: readonly HiddenAlert[];
}

export interface HidingOptions {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly lists?: ListLookup;
  readonly onProgress?: (progress: WorkProgress) => void;
  readonly onPart?: (soFar: JudgedSoFar) => Promise<void>;
  /** Reads the events that the draft matches, for whoever reads them anyway. */
  readonly readMatching?: ReadMatching;
  /** Measures what the entries cover. */
  readonly breadth?: Pick<BreadthCollector, "addAlert">;
}

/** An exception as it hides, and as it will be saved. */
export interface Judges {
  readonly enforced: ActiveException;
  readonly asSaved: ActiveException;
}

export function judgesOf(draft: ExceptionDraft, lists: ListLookup = noLists): Judges {
  return {
    enforced: compileException({ ...draft, id: "", mode: "enforced" }, lists),
    asSaved: compileException({ ...draft, id: "" }, lists),
  };
}

/**
 * The stored alerts that would not have been raised had the exception been in force:
 *
 * - an alert on single events, when the exception leaves none of its records;
 * - an alert on a sequence or a sample, when the exception hides one of its events;
 * - an alert of a rule that counts, when the exception hides one of its events and the rule, run again over the stored
 *   events that are left, does not find it.
 *
 * And what rules over several events would have raised in their place. See docs/decisions/0083.
 */
export async function hiddenAlerts(
  store: StoreReader,
  rules: readonly Rule[],
  draft: ExceptionDraft,
  { now, lists = noLists, onProgress, onPart, breadth, ...options }: HidingOptions,
): Promise<HiddenAlerts> {
  const { readMatching = matchingEventsOf(store, exceptionCondition(draft, lists)) } = options;
  const judges = judgesOf(draft, lists);
  const entryTests = groupsOf(draft).flatMap((entries) => entries.map((entry) => entryTest(entry, lists)));
  const entryMatches = entryTests.map(() => 0);
  const evidenceOfAll = evidenceReader(store, rules, judges);
  const affected: Judged[] = [];
  const stored = new Set<string>();
  const several = new Set(rules.flatMap(({ id, body }) => (isOverSeveral(body) ? [id] : [])));
  const brief = briefly();
  const ruleIds = ruleIdsInScope(draft, rules);
  const asked = store.alerts.find({ ruleIds, limit: 1 });
  // Awaited below; the loop may fail first.
  asked.catch(() => undefined);
  let tested = 0;
  const soFar: HiddenAlert[] = [];
  for await (const alerts of inParts(store.alerts.each({ ruleIds, order: "newest-first" }), partSize)) {
    const evidence = await evidenceOfAll(alerts);
    alerts.forEach((alert, index) => {
      const some = evidence[index] ?? [];
      const judged = judge(alert, some, judges);
      if (judged !== undefined) {
        const one = { ...judged, alert: brief(alert) };
        affected.push(one);
        soFar.push(...(judged.isHiddenByItsEvents ? [one] : []));
      }
      if (several.has(alert.rule.id)) {
        stored.add(plainId(alert.id));
      }
      const matchesEntry = entryTests.map((test) => some.some(({ event }) => test(event)));
      for (const [at, matches] of matchesEntry.entries()) {
        entryMatches[at] = (entryMatches[at] ?? 0) + (matches ? 1 : 0);
      }
      breadth?.addAlert(alert, matchesEntry, judged?.isHiddenByItsEvents ?? false);
    });
    tested += alerts.length;
    onProgress?.({ done: tested, total: (await asked).total, unit: "alerts" });
    await onPart?.({ tested, hidden: soFar });
  }
  const { stillFound, regrouped, instead, truncationReason } = await replay(store, rules, judges.enforced, {
    readMatching,
    now,
    onEvents: (events) => onProgress?.({ done: events, unit: "events" }),
  });
  const isHidden = ({ alert, isCounted, isHiddenByItsEvents }: Judged) => {
    const id = plainId(alert.id);
    const found = isCounted ? stillFound.get(id) : undefined;
    return found === undefined ? isHiddenByItsEvents : !found && !regrouped.has(id);
  };
  const hidden = affected.filter(isHidden);
  const hiddenIds = new Set(hidden.map(({ alert }) => plainId(alert.id)));
  return {
    hidden,
    entryMatches,
    instead: instead.filter(({ id }) => !stored.has(id)),
    regrouped: [...stillFound].flatMap(([id, found]) => (!found && stored.has(id) && !hiddenIds.has(id) ? [id] : [])),
    truncationReason,
  };
}

interface Judged extends HiddenAlert {
  readonly isCounted: boolean;
  /** By the events that it lists. */
  readonly isHiddenByItsEvents: boolean;
}

/** What becomes of an alert by the events that it lists; undefined if nothing. */
export function judge(
  alert: AlertRecord,
  evidence: readonly Evidence[],
  { enforced, asSaved }: Judges,
): Omit<Judged, "alert"> | undefined {
  const { outcome, hits } = decide(evidence, [enforced]);
  if (outcome === "raise" && !isListedInPart(alert, evidence)) {
    return undefined;
  }
  return {
    isCounted: alert.correlation !== undefined,
    eventIds: hits.map(({ evidence: { event } }) => event.id),
    hits: decide(evidence, [asSaved]).hits.map(hitOf),
    isHiddenByItsEvents:
      outcome === "hide" || (outcome === "recount" && tooFewLeft(alert, evidence.length, hits.length)),
  };
}

/** Reads what alerts rest on, with what the exception needs to know from the process graph. */
export function evidenceReader(
  store: StoreReader,
  rules: readonly Rule[],
  { enforced }: Judges,
): (alerts: readonly AlertRecord[]) => Promise<readonly (readonly Evidence[])[]> {
  const eventOf = eventLookups(store, rules);
  const ruleOf = new Map(rules.map((rule) => [rule.id, rule]));
  const lineage = storedLineage(store.lineage);
  return async (alerts) => {
    const evidence = await Promise.all(
      alerts.map((alert) => evidenceOf(alert, eventOf(alert.rule.id), ruleOf.get(alert.rule.id))),
    );
    if (!enforced.needsLineage) {
      return evidence;
    }
    // All at once: the graph is then read in a fixed number of round trips.
    const seen = await evidenceWithLineage(evidence.flat(), [enforced], lineage);
    let end = 0;
    return evidence.map(({ length }) => {
      end += length;
      return seen.slice(end - length, end);
    });
  };
}

function matchingEventsOf({ events }: StoreReader, condition: Condition): ReadMatching {
  return async (each) => {
    for await (const page of events.scan({ condition, order: "any" })) {
      await each(page);
    }
  };
}

/** Whether an entry matches an event on its own. */
function entryTest(entry: ExceptionEntry, lists: ListLookup): (event: Evidence["event"]) => boolean {
  const { matches } = compileException({ id: "", name: "", mode: "enforced", entries: [entry] }, lists);
  return matches;
}

function isOverSeveral({ kind }: Rule["body"]): boolean {
  return kind === "sequence" || kind === "correlation";
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

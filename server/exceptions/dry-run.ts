import { hash } from "node:crypto";
import type { DryRun, DryRunSoFar, ExceptionDraft } from "#contracts/exception";
import type { WorkProgress } from "#contracts/work";
import type { Rule } from "../detection/rule.ts";
import type { StemmaEvent } from "../event/event.ts";
import { type ListLookup, noLists } from "../exception/lists.ts";
import { appliesTo, rulesInScope } from "../exception/scope.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import type { AlertReader } from "../store/alerts/port.ts";
import type { Store, StoreReader } from "../store/port.ts";
import { summariesOf } from "../triage/alert-summary.ts";
import { breadthOf } from "./breadth.ts";
import { type DryRunContext, lintContext, measuredView, redStopOf } from "./dry-run-parts.ts";
import { type BriefAlert, briefly, type HiddenAlert, hiddenAlerts } from "./hidden-alerts.ts";
import { describeInstead } from "./instead.ts";
import type { KeptRun } from "./kept-runs.ts";
import { lintDraft } from "./lint.ts";
import { judgedMalicious } from "./malicious.ts";
import { collectBreadth } from "./measure/collect.ts";
import { type MeasuredEvents, measureEvents } from "./measure/events.ts";
import type { ReadMatching, ReplayedFinding } from "./replay.ts";
import { isClosedBySaving, partialViews, recordsOf } from "./so-far.ts";

/** Alerts that each list of a dry run shows at most; the totals count all of them. */
const mostListed = 200;
/** Process keys or alert ids per query. */
const KEYS = 200;
/** Moments that are searched at once. */
const MOMENTS = 100;

export interface DryRunDetail {
  readonly result: DryRun;
  /** Ids of all alerts that it would hide, closed ones too. */
  readonly hides: ReadonlySet<string>;
  /** All alerts that saving closes, not only the listed ones. */
  readonly closes: readonly HiddenAlert[];
  /** All that would be raised in place of hidden alerts, not only what is listed. */
  readonly instead: readonly ReplayedFinding[];
  /** Ids of alerts that stay although an ingest with the exception would put their events together differently. */
  readonly regrouped: readonly string[];
  /** What saving needs of the run. */
  readonly kept: KeptRun;
}

export interface DryRunOptions {
  readonly lists?: ListLookup;
  /** For notes, verdicts by answers, and the policy. */
  readonly context?: DryRunContext;
  readonly onProgress?: (progress: WorkProgress) => void;
  readonly onPartial?: (soFar: () => DryRunSoFar) => void;
}

/**
 * What an exception would do to everything that is stored: see `hiddenAlerts`. Saving closes the open and acknowledged
 * alerts among them; escalated and closed ones are only listed. The token identifies this draft, these rules and
 * exactly these alerts: a run that finds others has another token.
 */
export async function dryRun(
  store: Store,
  rules: readonly Rule[],
  draft: ExceptionDraft,
  clock: () => number,
  options: DryRunOptions = {},
): Promise<DryRun> {
  return (await dryRunDetail(store, rules, draft, clock, options)).result;
}

/** As `dryRun`, with what saving needs. */
export async function dryRunDetail(
  store: Store,
  rules: readonly Rule[],
  draft: ExceptionDraft,
  clock: () => number,
  { lists = noLists, context = {}, onProgress, onPartial }: DryRunOptions = {},
): Promise<DryRunDetail> {
  const started = clock();
  const reader = store.together();
  const scoped = rulesInScope(draft, rules);
  const onPart = partialViews(reader, breadthOf(draft, scoped), onPartial);
  const counts = await reader.alerts.countsByRule();
  const allAlerts = counts.reduce((sum, { alerts }) => sum + alerts, 0);
  const collector = collectBreadth(draft, rules, { lists, allAlerts });
  const asked = reader.events.count();
  const measure = async (onMatching?: (events: readonly StemmaEvent[]) => Promise<void>) => {
    const total = await asked;
    const onPage = (tested: number) => onProgress?.({ done: tested, total, unit: "events" });
    return measureEvents(reader.events, draft, lists, collector, { onPage, onMatching });
  };
  // Read once where events of several rules have to be looked for anyway.
  let read: MeasuredEvents | undefined;
  const readMatching: ReadMatching = async (each) => {
    read = await measure(each);
  };
  const [{ hidden, entryMatches, instead, regrouped, truncationReason }, eventsTested, coverage] = await Promise.all([
    hiddenAlerts(reader, scoped, draft, { now: started, lists, onProgress, onPart, breadth: collector, readMatching }),
    asked,
    reader.events.coverage({}),
  ]);
  const closes = hidden.filter(({ alert }) => isClosedBySaving(alert));
  const others = hidden.filter(({ alert }) => !isClosedBySaving(alert));
  const [events, shared, because] = await Promise.all([
    read ?? measure(),
    alertsOnTheSameEvents(reader, rules, draft, hidden),
    judgedMalicious(
      store,
      hidden.map(({ alert }) => alert),
      context.playbooks,
    ),
  ]);
  const malicious = hidden.flatMap(({ alert }) => (because.has(alert.id) ? [alert] : []));
  const measured = collector.result();
  const breadth = breadthOf(draft, scoped, measured);
  const notes = [...lintDraft(draft, lintContext(context, started))];
  const redStop = await redStopOf(store, draft, hidden, because);
  const list = async (alerts: readonly BriefAlert[]) => [
    ...(await summariesOf(reader, await recordsOf(reader, alerts.slice(0, mostListed)))),
  ];
  const [closesNow, wouldHide, otherRules, confirmed, raisesInstead] = await Promise.all([
    list(closes.map(({ alert }) => alert)),
    list(others.map(({ alert }) => alert)),
    list(shared),
    list(malicious),
    describeInstead(reader, instead),
  ]);
  const totals = {
    closesNow: closes.length,
    wouldHide: others.length,
    otherRules: shared.length,
    raisesInstead: instead.length,
    regrouped: regrouped.length,
  };
  const token = dryRunToken(scoped, draft, { hidden, shared, malicious, instead });
  const lengths = [closes.length, others.length, shared.length, malicious.length];
  const truncated = lengths.some((count) => count > mostListed)
    ? [`Lists show the newest ${mostListed} alerts; the totals, days, hosts, users and rules count all of them.`]
    : [];
  const reasons = [...truncated, ...(truncationReason === undefined ? [] : [truncationReason])];
  return {
    closes,
    hides: new Set(hidden.map(({ alert }) => alert.id)),
    instead,
    regrouped,
    kept: {
      token,
      about: draftKey(scoped, draft),
      ranAt: started,
      ...{ breadth, notes, totals },
      red: redStop?.total ?? 0,
      closes: closes.map(({ alert }) => alert.id),
    },
    result: {
      token,
      ranAt: new Date(started).toISOString(),
      eventsTested,
      eventsMatched: events.matched,
      span: spanOf(coverage),
      closesNow,
      wouldHide,
      raisesInstead,
      totals,
      otherRules,
      perDay: countByValue(hidden.map(({ alert }) => new Date(alert.time).toISOString().slice(0, 10)))
        .map(({ value, count }) => ({ day: value, count }))
        .sort((left, right) => (left.day < right.day ? -1 : 1)),
      hosts: countByValue(hidden.map(({ alert }) => alert.host)),
      users: countByValue(hidden.map(({ alert }) => alert.userKey ?? "no user")),
      rules: countByValue(hidden.map(({ alert }) => alert.rule.name)),
      confirmedMalicious: confirmed,
      entryMatches: [...entryMatches],
      breadth,
      measured: measured.alerts === 0 ? undefined : measuredView(measured, events.truncationReason),
      ...{ notes, redStop },
      broadPolicy: context.policy ?? "reason",
      truncationReason: reasons.length === 0 ? undefined : reasons.join(" "),
      milliseconds: clock() - started,
    },
  };
}

/** Changes with the draft, with the version of a rule in its scope, and with every alert that the run lists. */
function dryRunToken(
  scoped: readonly Rule[],
  draft: ExceptionDraft,
  found: {
    readonly hidden: readonly HiddenAlert[];
    readonly shared: readonly BriefAlert[];
    readonly malicious: readonly BriefAlert[];
    readonly instead: readonly ReplayedFinding[];
  },
): string {
  const outcome = [
    draftKey(scoped, draft),
    found.hidden.map(({ alert }) => [alert.id, alert.status]).sort(),
    found.shared.map(({ id }) => id).sort(),
    found.malicious.map(({ id }) => id).sort(),
    found.instead.map(({ id }) => id).sort(),
  ];
  return hash("sha256", canonicalJson(outcome), "base64url");
}

/** Changes with the draft and with the version of a rule in its scope. */
export function draftKey(scoped: readonly Rule[], draft: ExceptionDraft): string {
  return hash("sha256", canonicalJson([scoped.map((rule) => [rule.id, rule.version]).sort(), draft]), "base64url");
}

/** Alerts of rules outside the scope that rest on an event that the exception matches. */
async function alertsOnTheSameEvents(
  store: StoreReader,
  rules: readonly Rule[],
  draft: ExceptionDraft,
  hidden: readonly HiddenAlert[],
): Promise<readonly BriefAlert[]> {
  const ruleOf = new Map(rules.map((rule) => [rule.id, rule]));
  const isOther = (id: string) => !appliesTo(draft, ruleOf.get(id) ?? { id });
  const ruleIds = (await store.alerts.countsByRule()).flatMap(({ key }) => (isOther(key) ? [key] : []));
  if (ruleIds.length === 0) {
    return [];
  }
  const eventIds = new Set(hidden.flatMap((one) => one.eventIds));
  const found = new Map<string, BriefAlert>();
  const brief = briefly();
  const search = async (query: Parameters<AlertReader["each"]>[0]): Promise<void> => {
    for await (const alert of store.alerts.each({ ...query, ruleIds })) {
      if (alert.sources.some((source) => eventIds.has(source.eventId))) {
        found.set(alert.id, brief(alert));
      }
    }
  };
  const keys = [...new Set(hidden.flatMap(({ alert }) => alert.processKey ?? []))];
  for (let start = 0; start < keys.length; start += KEYS) {
    await search({ processKeys: keys.slice(start, start + KEYS) });
  }
  // Alerts without a process rest on one event: other alerts on it have the same host and time.
  const moments = new Map(
    hidden.flatMap(({ alert: { host, time, processKey } }) =>
      processKey === undefined ? [[JSON.stringify([host, time]), { host, time }]] : [],
    ),
  );
  const places = [...moments.values()];
  for (let start = 0; start < places.length; start += MOMENTS) {
    const part = places.slice(start, start + MOMENTS);
    await Promise.all(part.map(({ host, time }) => search({ hosts: [host], from: time, to: time })));
  }
  return [...found.values()].sort((left, right) => right.time - left.time || (left.id < right.id ? 1 : -1));
}

/** The most frequent value first. */
function countByValue(values: readonly string[]): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((left, right) => right.count - left.count || (left.value < right.value ? -1 : 1));
}

function spanOf(coverage: readonly { readonly from?: string; readonly to?: string }[]): DryRun["span"] {
  const from = coverage.flatMap((row) => row.from ?? []).sort()[0];
  const to = coverage
    .flatMap((row) => row.to ?? [])
    .sort()
    .at(-1);
  return from === undefined || to === undefined ? undefined : { from, to };
}

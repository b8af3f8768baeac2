import { hash } from "node:crypto";
import type { DryRun, ExceptionDraft } from "#contracts/exception";
import type { WorkProgress } from "#contracts/work";
import type { AlertRecord } from "../alert/record.ts";
import { nextStatuses } from "../alert/workflow.ts";
import type { Rule } from "../detection/rule.ts";
import { exceptionCondition } from "../exception/condition.ts";
import { noLists } from "../exception/lists.ts";
import { appliesTo, rulesInScope } from "../exception/scope.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import type { AlertReader } from "../store/alerts/port.ts";
import type { Store, StoreReader } from "../store/port.ts";
import { summariesOf } from "../triage/alert-summary.ts";
import { breadthOf } from "./breadth.ts";
import { type DryRunContext, lintContext, measuredView, redStopOf } from "./dry-run-parts.ts";
import { type BriefAlert, briefly, type HiddenAlert, hiddenAlerts } from "./hidden-alerts.ts";
import { lintDraft } from "./lint.ts";
import { judgedMalicious } from "./malicious.ts";
import { collectBreadth } from "./measure/collect.ts";
import { measureEvents } from "./measure/events.ts";

/** Alerts that each list of a dry run shows at most; the totals count all of them. */
const mostListed = 200;
/** Process keys or alert ids per query. */
const KEYS = 200;
/** Moments that are searched at once. */
const MOMENTS = 100;

export interface DryRunDetail {
  readonly result: DryRun;
  /** All alerts that saving closes, not only the listed ones. */
  /** Ids of all alerts that it would hide, closed ones too. */
  readonly hides: ReadonlySet<string>;
  readonly closes: readonly HiddenAlert[];
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
  onProgress?: (progress: WorkProgress) => void,
  context?: DryRunContext,
): Promise<DryRun> {
  return (await dryRunDetail(store, rules, draft, clock, onProgress, context)).result;
}

/** As `dryRun`, with what saving needs. */
export async function dryRunDetail(
  store: Store,
  rules: readonly Rule[],
  draft: ExceptionDraft,
  clock: () => number,
  onProgress?: (progress: WorkProgress) => void,
  context: DryRunContext = {},
): Promise<DryRunDetail> {
  const started = clock();
  const reader = store.together();
  const scoped = rulesInScope(draft, rules);
  const counts = await reader.alerts.countsByRule();
  const allAlerts = counts.reduce((sum, { alerts }) => sum + alerts, 0);
  const collector = collectBreadth(draft, rules, { lists: noLists, allAlerts });
  const [{ hidden, entryMatches, truncationReason }, eventsTested, coverage] = await Promise.all([
    hiddenAlerts(reader, scoped, draft, started, onProgress, collector),
    reader.events.count(),
    reader.events.coverage({}),
  ]);
  const closes = hidden.filter(({ alert }) => isClosedBySaving(alert));
  const others = hidden.filter(({ alert }) => !isClosedBySaving(alert));
  const [matched, shared, because] = await Promise.all([
    reader.events.find({
      condition: exceptionCondition(draft),
      limit: 1,
      order: "oldest-first",
      onPage: (tested) => onProgress?.({ done: tested, total: eventsTested, unit: "events" }),
    }),
    alertsOnTheSameEvents(reader, rules, draft, hidden),
    judgedMalicious(
      store,
      hidden.map(({ alert }) => alert),
      context.playbooks,
    ),
  ]);
  const malicious = hidden.flatMap(({ alert }) => (because.has(alert.id) ? [alert] : []));
  const eventsTruncation = await measureEvents(reader.events, draft, noLists, collector);
  const measured = collector.result();
  const list = async (alerts: readonly BriefAlert[]) => [
    ...(await summariesOf(reader, await newestOf(reader, alerts))),
  ];
  const [closesNow, wouldHide, otherRules, confirmed] = await Promise.all([
    list(closes.map(({ alert }) => alert)),
    list(others.map(({ alert }) => alert)),
    list(shared),
    list(malicious),
  ]);
  const lists = [closes.length, others.length, shared.length, malicious.length];
  const truncated = lists.some((count) => count > mostListed)
    ? [`Lists show the newest ${mostListed} alerts; the totals, days, hosts, users and rules count all of them.`]
    : [];
  const reasons = [...truncated, ...(truncationReason === undefined ? [] : [truncationReason])];
  return {
    closes,
    hides: new Set(hidden.map(({ alert }) => alert.id)),
    result: {
      token: dryRunToken(scoped, draft, { hidden, shared, malicious }),
      ranAt: new Date(started).toISOString(),
      eventsTested,
      eventsMatched: matched.total,
      span: spanOf(coverage),
      closesNow,
      wouldHide,
      totals: { closesNow: closes.length, wouldHide: others.length, otherRules: shared.length },
      otherRules,
      perDay: countByValue(hidden.map(({ alert }) => new Date(alert.time).toISOString().slice(0, 10)))
        .map(({ value, count }) => ({ day: value, count }))
        .sort((left, right) => (left.day < right.day ? -1 : 1)),
      hosts: countByValue(hidden.map(({ alert }) => alert.host)),
      users: countByValue(hidden.map(({ alert }) => alert.userKey ?? "no user")),
      rules: countByValue(hidden.map(({ alert }) => alert.rule.name)),
      confirmedMalicious: confirmed,
      entryMatches: [...entryMatches],
      breadth: breadthOf(draft, scoped, measured),
      measured: measured.alerts === 0 ? undefined : measuredView(measured, eventsTruncation),
      notes: [...lintDraft(draft, lintContext(context, started))],
      redStop: await redStopOf(store, draft, hidden, because),
      broadPolicy: context.policy ?? "reason",
      truncationReason: reasons.length === 0 ? undefined : reasons.join(" "),
      milliseconds: clock() - started,
    },
  };
}

/** The alerts that a list shows. */
async function newestOf(store: StoreReader, alerts: readonly BriefAlert[]): Promise<readonly AlertRecord[]> {
  const ids = alerts.slice(0, mostListed).map(({ id }) => id);
  const { items } = await store.alerts.find({ ids, limit: mostListed });
  const byId = new Map(items.map((alert) => [alert.id, alert]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

export function isClosedBySaving(alert: Pick<AlertRecord, "status">): boolean {
  return nextStatuses(alert.status, "exception-author").includes("closed");
}

/** Changes with the draft, with the version of a rule in its scope, and with every alert that the run lists. */
function dryRunToken(
  scoped: readonly Rule[],
  draft: ExceptionDraft,
  found: {
    readonly hidden: readonly HiddenAlert[];
    readonly shared: readonly BriefAlert[];
    readonly malicious: readonly BriefAlert[];
  },
): string {
  const outcome = [
    scoped.map((rule) => [rule.id, rule.version]).sort(),
    draft,
    found.hidden.map(({ alert }) => [alert.id, alert.status]).sort(),
    found.shared.map(({ id }) => id).sort(),
    found.malicious.map(({ id }) => id).sort(),
  ];
  return hash("sha256", canonicalJson(outcome), "base64url");
}

/** Alerts of rules outside the scope that rest on an event that the exception matches. */
async function alertsOnTheSameEvents(
  store: StoreReader,
  rules: readonly Rule[],
  draft: ExceptionDraft,
  hidden: readonly HiddenAlert[],
): Promise<readonly BriefAlert[]> {
  const ruleOf = new Map(rules.map((rule) => [rule.id, rule]));
  const eventIds = new Set(hidden.flatMap((one) => one.eventIds));
  const found = new Map<string, BriefAlert>();
  const brief = briefly();
  const search = async (query: Parameters<AlertReader["each"]>[0]): Promise<void> => {
    for await (const alert of store.alerts.each(query)) {
      if (
        !appliesTo(draft, ruleOf.get(alert.rule.id) ?? alert.rule) &&
        alert.sources.some((source) => eventIds.has(source.eventId))
      ) {
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

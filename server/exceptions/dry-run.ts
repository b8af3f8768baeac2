import { hash } from "node:crypto";
import type { DryRun, ExceptionDraft } from "#contracts/exception";
import { compileCondition } from "../condition/evaluate.ts";
import type { Rule } from "../detection/rule.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { AlertRecord, Store } from "../store/port.ts";
import { summariesOf } from "../triage/alert-summary.ts";
import { every } from "../triage/shape-memory.ts";
import { breadthOf } from "./breadth.ts";
import { entryCondition, exceptionCondition } from "./condition.ts";

/** Most alerts that one list of a dry run shows; the totals count all of them. */
const mostListed = 200;

/** An alert that the exception matches, with the source events that it matched. */
interface HiddenAlert {
  readonly alert: AlertRecord;
  readonly events: readonly StemmaEvent[];
}

export interface DryRunDetail {
  readonly result: DryRun;
  /** All alerts that saving closes, not only the listed ones. */
  readonly closes: readonly HiddenAlert[];
}

/**
 * What an exception would do to everything that is stored, found out with the evaluator that will run: an alert is hidden when
 * the exception matches any of its source events. Open and acknowledged alerts would be closed; escalated and closed ones are
 * only told of. The token fits this draft, these rules and this state of the store, and nothing else.
 */
export async function dryRun(
  store: Store,
  rules: readonly Rule[],
  draft: ExceptionDraft,
  clock: () => number,
): Promise<DryRun> {
  return (await dryRunDetail(store, rules, draft, clock)).result;
}

/** As `dryRun`, with what the saving needs. */
export async function dryRunDetail(
  store: Store,
  rules: readonly Rule[],
  draft: ExceptionDraft,
  clock: () => number,
): Promise<DryRunDetail> {
  const started = clock();
  const scoped = rules.filter((rule) => draft.ruleIds.includes(rule.id));
  const condition = exceptionCondition(draft);
  const matches = compileCondition(condition);
  const entryTests = draft.entries.map((entry) => compileCondition(entryCondition(entry)));
  const entryMatches = draft.entries.map(() => 0);
  const hidden: HiddenAlert[] = [];
  for await (const alert of every(store.alerts, { ruleIds: draft.ruleIds, order: "newest-first", limit: 500 })) {
    const events = await sourceEvents(store, alert);
    const matching = events.filter((event) => matches(event.fields));
    if (matching.length > 0) {
      hidden.push({ alert, events: matching });
    }
    for (const [index, test] of entryTests.entries()) {
      if (events.some((event) => test(event.fields))) {
        entryMatches[index] = (entryMatches[index] ?? 0) + 1;
      }
    }
  }
  const closes = hidden.filter(({ alert }) => alert.status === "open" || alert.status === "acknowledged");
  const others = hidden.filter(({ alert }) => alert.status !== "open" && alert.status !== "acknowledged");
  const matched = await store.events.find({ condition, limit: 1, order: "oldest-first" });
  const shared = await alertsOnTheSameEvents(store, draft, hidden);
  const malicious = await confirmedMalicious(store, hidden);
  const coverage = await store.events.coverage({});
  const list = (alerts: readonly AlertRecord[]) => summariesOf(store, alerts.slice(0, mostListed));
  const lists = [closes.length, others.length, shared.length, malicious.length];
  return {
    closes,
    result: {
      token: await dryRunToken(store, scoped, draft),
      ranAt: new Date(started).toISOString(),
      eventsTested: await store.events.count(),
      eventsMatched: matched.total,
      span: spanOf(coverage),
      closesNow: [...(await list(closes.map(({ alert }) => alert)))],
      wouldHide: [...(await list(others.map(({ alert }) => alert)))],
      totals: { closesNow: closes.length, wouldHide: others.length, otherRules: shared.length },
      otherRules: [...(await list(shared))],
      perDay: tally(hidden.map(({ alert }) => new Date(alert.time).toISOString().slice(0, 10)))
        .map(({ value, count }) => ({ day: value, count }))
        .sort((left, right) => (left.day < right.day ? -1 : 1)),
      hosts: tally(hidden.map(({ alert }) => alert.host)),
      users: tally(hidden.map(({ alert }) => alert.userKey ?? "no user")),
      rules: tally(hidden.map(({ alert }) => alert.rule.name)),
      confirmedMalicious: [...(await list(malicious))],
      entryMatches,
      breadth: breadthOf(draft, scoped),
      cut: lists.some((count) => count > mostListed)
        ? `Lists show the newest ${mostListed} alerts; the totals, days, hosts, users and rules count all of them.`
        : undefined,
      milliseconds: clock() - started,
    },
  };
}

/** Changes with the draft, with the version of a rule in its scope, and with the number of stored events and alerts. */
export async function dryRunToken(store: Store, scoped: readonly Rule[], draft: ExceptionDraft): Promise<string> {
  const alerts = await store.alerts.find({ ruleIds: draft.ruleIds, limit: 1 });
  const open = await store.alerts.find({ ruleIds: draft.ruleIds, statuses: ["open", "acknowledged"], limit: 1 });
  const state = [
    await store.events.count(),
    alerts.total,
    open.total,
    scoped.map((rule) => [rule.id, rule.version]).sort(),
    canonical(draft),
  ];
  return hash("sha256", JSON.stringify(state), "base64url");
}

/** The same draft gives the same text, whatever the order of its keys. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(canonical);
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, item]) => [key, canonical(item)]);
  }
  return value;
}

async function sourceEvents(store: Store, alert: AlertRecord): Promise<readonly StemmaEvent[]> {
  const events: StemmaEvent[] = [];
  for (const source of alert.sources) {
    const event = await store.events.get(source.eventId);
    if (event !== undefined) {
      events.push(event);
    }
  }
  return events;
}

/** Alerts of rules outside the scope that rest on an event that the exception matches. */
async function alertsOnTheSameEvents(
  store: Store,
  draft: ExceptionDraft,
  hidden: readonly HiddenAlert[],
): Promise<readonly AlertRecord[]> {
  const eventIds = new Set(hidden.flatMap(({ events }) => events.map((event) => event.id)));
  const found = new Map<string, AlertRecord>();
  const look = async (query: Parameters<typeof every>[1]): Promise<void> => {
    for await (const alert of every(store.alerts, query)) {
      if (!draft.ruleIds.includes(alert.rule.id) && alert.sources.some((source) => eventIds.has(source.eventId))) {
        found.set(alert.id, alert);
      }
    }
  };
  const keys = [...new Set(hidden.flatMap(({ alert }) => alert.processKey ?? []))];
  for (let at = 0; at < keys.length; at += 200) {
    await look({ processKeys: keys.slice(at, at + 200), limit: 500 });
  }
  // Alerts without a process rest on one event: others on it have the same host and time.
  for (const { alert } of hidden.filter((item) => item.alert.processKey === undefined)) {
    await look({ hosts: [alert.host], from: alert.time, to: alert.time, limit: 500 });
  }
  return [...found.values()].sort((left, right) => right.time - left.time);
}

/** Once closed as a true positive, or escalated by an analyst: neither may be hidden without a second look. */
async function confirmedMalicious(store: Store, hidden: readonly HiddenAlert[]): Promise<readonly AlertRecord[]> {
  const found: AlertRecord[] = [];
  for (const { alert } of hidden) {
    const history = await store.triage.transitions(alert.id);
    const confirmed =
      alert.status === "escalated" ||
      alert.closeReason === "true-positive" ||
      history.some((transition) => transition.reason === "true-positive");
    if (confirmed) {
      found.push(alert);
    }
  }
  return found;
}

function tally(values: readonly string[]): { value: string; count: number }[] {
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

import { hash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Fields } from "#contracts/event";
import type { DryRun, ExceptionDraft } from "#contracts/exception";
import type { AlertRecord } from "../alert/record.ts";
import { compileCondition } from "../condition/evaluate.ts";
import type { Rule } from "../detection/rule.ts";
import { entryCondition, exceptionCondition } from "../exception/condition.ts";
import { remainingRecords } from "../exception/hides.ts";
import type { Store } from "../store/port.ts";
import { summariesOf } from "../triage/alert-summary.ts";
import { everyAlert } from "../triage/similar-alerts.ts";
import { breadthOf } from "./breadth.ts";

/** Most alerts that one list of a dry run shows; the totals count all of them. */
const mostListed = 200;

/** An alert that the exception matches, with the source events that it matched: the leading one first. */
interface HiddenAlert {
  readonly alert: AlertRecord;
  readonly events: readonly SourceEvent[];
}

/** A source event of an alert, as far as exceptions need it. */
interface SourceEvent {
  readonly id: string;
  readonly time: number;
  readonly fields: Fields;
}

export interface DryRunDetail {
  readonly result: DryRun;
  /** All alerts that saving closes, not only the listed ones. */
  readonly closes: readonly HiddenAlert[];
}

/**
 * What an exception would do to everything that is stored, found out with the evaluator that will run: an alert is hidden when
 * the exception matches any of its source events. Open and acknowledged alerts would be closed; escalated and closed ones are
 * only told of. The token stands for this draft, these rules and exactly these alerts: a run that finds others has another one.
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
  const { hidden, entryMatches } = await replay(store, draft);
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
      token: dryRunToken(scoped, draft, { hidden, shared, malicious }),
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
      truncationReason: lists.some((count) => count > mostListed)
        ? `Lists show the newest ${mostListed} alerts; the totals, days, hosts, users and rules count all of them.`
        : undefined,
      milliseconds: clock() - started,
    },
  };
}

/** Tests the stored alerts of the rules in scope, and counts how many of them each entry matches alone. */
async function replay(
  store: Store,
  draft: ExceptionDraft,
): Promise<{ readonly hidden: readonly HiddenAlert[]; readonly entryMatches: number[] }> {
  const matches = compileCondition(exceptionCondition(draft));
  const entryTests = draft.entries.map((entry) => compileCondition(entryCondition(entry)));
  const entryMatches = draft.entries.map(() => 0);
  const hidden: HiddenAlert[] = [];
  let tested = 0;
  for await (const alert of everyAlert(store.alerts, { ruleIds: draft.ruleIds, order: "newest-first", limit: 500 })) {
    const events = await sourceEvents(store, alert);
    const matching = events.filter((event) => matches(event.fields));
    if (isHidden(alert, events, matches)) {
      hidden.push({ alert, events: matching.map((event) => ({ ...event, fields: kindOf(event.fields) })) });
    }
    for (const [index, test] of entryTests.entries()) {
      if (events.some((event) => test(event.fields))) {
        entryMatches[index] = (entryMatches[index] ?? 0) + 1;
      }
    }
    tested += 1;
    if (tested % 1000 === 0) {
      // Other requests get their turn.
      await setImmediate();
    }
  }
  return { hidden, entryMatches };
}

/**
 * As `raise` decides it. A sequence lacks a member once any of its events is excepted; of what was counted too few may be
 * left: as many events as are listed can be tested.
 */
function isHidden(alert: AlertRecord, events: readonly SourceEvent[], matches: (fields: Fields) => boolean): boolean {
  if (alert.correlation !== undefined) {
    const excepted = events.filter(({ fields }) => matches(fields)).length;
    const { count, counted } = alert.correlation;
    const least = counted.find(({ of }) => of === "events")?.least ?? 1;
    return excepted > 0 && (excepted === events.length || count - excepted < least);
  }
  return alert.sequence === undefined
    ? events.length > 0 &&
        remainingRecords(
          events,
          ({ fields }) => fields,
          ({ fields }) => matches(fields),
        ).length === 0
    : events.some(({ fields }) => matches(fields));
}

/** What tells a start from other records, and no more: thousands of alerts are kept at once. */
function kindOf(fields: Fields): Fields {
  return { "event.category": fields["event.category"] ?? [], "event.type": fields["event.type"] ?? [] };
}

/** The stored source events of an alert. It carries the fields of the leading one: only the others are read. */
async function sourceEvents(store: Store, alert: AlertRecord): Promise<readonly SourceEvent[]> {
  const events: SourceEvent[] = [];
  for (const [index, source] of alert.sources.entries()) {
    const event =
      index === 0 && alert.sequence === undefined
        ? { id: source.eventId, time: Date.parse(source.time), fields: alert.fields }
        : await store.events.get(source.eventId);
    if (event !== undefined) {
      events.push({ id: event.id, time: event.time, fields: event.fields });
    }
  }
  return events;
}

/** Changes with the draft, with the version of a rule in its scope, and with every alert that the run tells of. */
function dryRunToken(
  scoped: readonly Rule[],
  draft: ExceptionDraft,
  found: {
    readonly hidden: readonly HiddenAlert[];
    readonly shared: readonly AlertRecord[];
    readonly malicious: readonly AlertRecord[];
  },
): string {
  const outcome = [
    scoped.map((rule) => [rule.id, rule.version]).sort(),
    canonical(draft),
    found.hidden.map(({ alert }) => [alert.id, alert.status]).sort(),
    found.shared.map(({ id }) => id).sort(),
    found.malicious.map(({ id }) => id).sort(),
  ];
  return hash("sha256", JSON.stringify(outcome), "base64url");
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

/** Alerts of rules outside the scope that rest on an event that the exception matches. */
async function alertsOnTheSameEvents(
  store: Store,
  draft: ExceptionDraft,
  hidden: readonly HiddenAlert[],
): Promise<readonly AlertRecord[]> {
  const eventIds = new Set(hidden.flatMap(({ events }) => events.map((event) => event.id)));
  const found = new Map<string, AlertRecord>();
  const look = async (query: Parameters<typeof everyAlert>[1]): Promise<void> => {
    for await (const alert of everyAlert(store.alerts, query)) {
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
    const history = await store.triage.transitions([alert.id]);
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

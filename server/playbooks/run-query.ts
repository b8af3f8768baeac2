import type { QueryRun } from "#contracts/query-run";
import type { AlertRecord } from "../alert/record.ts";
import { type Condition, or } from "../condition/tree.ts";
import type { Rule } from "../detection/rule.ts";
import { assertNever } from "../lib/result.ts";
import type { HostIdentity } from "../lineage/hosts/host-identity.ts";
import type { Store } from "../store/port.ts";
import { type AlertContext, alertContext } from "./alert-fields.ts";
import { isHostField } from "./alert-host.ts";
import { type CoverageAnswer, type CoverageQuery, coverageOf } from "./coverage.ts";
import { type Activity, activityOf } from "./coverage-activity.ts";
import { alertNeeds } from "./coverage-alerts.ts";
import { neededKinds } from "./coverage-kinds.ts";
import { alertHits } from "./hits-alerts.ts";
import { eventHits } from "./hits-events.ts";
import { logonHits } from "./hits-logons.ts";
import type { PlaybookQuery } from "./playbook.ts";
import { type BoundGroup, bindQuery } from "./query-condition.ts";
import { type Anchor, clock, type ResolvedWindow, resolveWindow } from "./window.ts";

export interface RunOptions {
  readonly anchor: Anchor;
  /** Rows to return at most; the total is exact. */
  readonly limit: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** The loaded rules: whether one that a query names could have raised an alert. */
  readonly ruleOf: (id: string) => Rule | undefined;
}

type Row = QueryRun["rows"][number];

/** The result for a target: rows, exact total, exact hits per group, and notes on them. */
export interface Hits {
  readonly rows: readonly Row[];
  readonly total: number;
  readonly perGroup: readonly number[];
  readonly notes: readonly string[];
  readonly truncationReason?: string;
  /** Set if the lineage knows something that the records should have shown: they are then incomplete. */
  readonly unrecorded?: true;
}

/** A query ready to run: only groups that can run have a condition. */
export interface Search {
  readonly query: PlaybookQuery;
  readonly context: AlertContext;
  readonly groups: readonly BoundGroup[];
  /** Any of the groups. */
  readonly condition: Condition;
  readonly window: ResolvedWindow;
  readonly limit: number;
}

/**
 * Runs a query of a playbook for an alert. Groups are OR-ed; each reports whether it could run and how many hits it
 * had. Without hits the outcome is `no-hits` only if the stored data would have shown one at any time of the window,
 * `partly-covered` if for a part of it, and `no-data` otherwise.
 */
export async function runQuery(
  store: Store,
  query: PlaybookQuery,
  alert: AlertRecord,
  options: RunOptions,
): Promise<QueryRun> {
  return runQueryIn(store, query, await alertContext(store, alert), options);
}

/** `runQuery` for callers that run several queries of one alert. */
export async function runQueryIn(
  store: Store,
  query: PlaybookQuery,
  context: AlertContext,
  options: RunOptions,
): Promise<QueryRun> {
  const started = options.clock();
  const host = await context.host();
  const groups = bindQuery(query, context.fields, { accounts: context.accounts, host });
  const window = resolveWindow(query, context.alert, options.anchor);
  const runnable = groups.flatMap((group) => (group.condition === undefined ? [] : [group.condition]));
  const search = { query, context, groups, condition: or(...runnable), window, limit: options.limit };
  const cannot = runnable.length === 0;
  const hits = cannot ? nothing(groups) : await find(store, search);
  const coverage = await coverageOf(activityFor(store, context), {
    ...concernedHosts(query, host, groups),
    needs: (stored) =>
      query.target === "alerts"
        ? alertNeeds(query, groups, stored, options.ruleOf)
        : neededKinds(query, groups, stored),
    window,
  });
  const { extent, sentence } = query.target === "logons" ? openingKnown(context, coverage) : coverage;
  const outcome = cannot
    ? "cannot-run"
    : hits.total > 0
      ? "hits"
      : withoutHits[hits.unrecorded && extent === "all" ? "some" : extent];
  return {
    id: query.id,
    label: query.label,
    target: query.target,
    outcome,
    total: hits.total,
    rows: [...hits.rows],
    truncationReason: hits.truncationReason,
    columns: [...query.columns],
    groups: groups.map((group, index) => ({
      text: group.text,
      label: group.label,
      state: group.condition === undefined ? "cannot-run" : "ran",
      missing: [...group.missing],
      hits: hits.perGroup[index] ?? 0,
      notes: [...group.notes],
    })),
    window: {
      from: new Date(window.from ?? earliest(coverage.rows, window.at)).toISOString(),
      to: new Date(window.to ?? latest(coverage.rows, window.at)).toISOString(),
      anchor: window.anchor,
      at: new Date(window.at).toISOString(),
      text: window.text,
    },
    coverage: [...coverage.rows],
    windowCoverage: coverage.window,
    reason: reasonFor(outcome, search, hits, sentence),
    milliseconds: options.clock() - started,
  };
}

const withoutHits = { all: "no-hits", some: "partly-covered", none: "no-data" } as const;

/** What was read of a store for the queries of one alert. */
const activities = new WeakMap<AlertContext, Activity>();

function activityFor(store: Store, context: AlertContext): Activity {
  const activity = activities.get(context) ?? activityOf(store);
  activities.set(context, activity);
  return activity;
}

function find(store: Store, search: Search): Promise<Hits> {
  switch (search.query.target) {
    case "events":
      return eventHits(store, search);
    case "alerts":
      return alertHits(store, search);
    case "logons":
      return logonHits(store, search);
    default:
      return assertNever(search.query.target);
  }
}

function nothing(groups: readonly BoundGroup[]): Hits {
  return { rows: [], total: 0, perGroup: groups.map(() => 0), notes: [] };
}

/**
 * The hosts whose data matters: a query on the alert's host needs only that one, a query that excludes it all others.
 * Its data may be stored under several names.
 */
function concernedHosts(
  query: PlaybookQuery,
  identity: HostIdentity,
  groups: readonly BoundGroup[],
): Pick<CoverageQuery, "hosts" | "except"> {
  const every = (excluded: boolean): boolean =>
    query.groups.every((group) =>
      group.providers.some((provider) => provider.excluded === excluded && isHostField(provider.field)),
    );
  const limited = groups.length > 0 && groups.every(({ hosts }) => hosts !== undefined);
  return limited || every(false) ? { hosts: [identity] } : every(true) ? { except: identity.names } : {};
}

/**
 * Every session was opened by a logon: if it is not stored, the logs are incomplete and the lack of hits proves
 * nothing.
 */
function openingKnown(context: AlertContext, coverage: CoverageAnswer): Pick<CoverageAnswer, "extent" | "sentence"> {
  const { session } = context;
  if (coverage.extent === "none" || session === undefined || session.openedBy !== undefined) {
    return coverage;
  }
  const began = coverage.rows.flatMap((row) => row.from ?? []).sort()[0];
  const logs =
    began === undefined ? "the stored logs" : `the stored logs, which begin at ${clock(Date.parse(began), true)},`;
  return {
    extent: "none",
    sentence: `The session ${session.logonId} was opened before ${logs} or its record is missing`,
  };
}

function reasonFor(outcome: QueryRun["outcome"], search: Search, hits: Hits, coverage: string): string {
  const notes = hits.notes.map((note) => ` ${note}`).join("");
  switch (outcome) {
    case "hits": {
      const ran = search.groups.flatMap((group, index) =>
        group.condition === undefined ? [] : [`${hits.perGroup[index] ?? 0} ${group.label}`],
      );
      const split = search.groups.length > 1 ? ` (${ran.join(", ")})` : "";
      return `${hits.total} ${hits.total === 1 ? "hit" : "hits"}${split}.${skipped(search.groups)}${notes}`;
    }
    case "no-hits":
      return `${search.query.nothing}. ${coverage}, so this is conclusive.${skipped(search.groups)}${notes}`;
    case "partly-covered":
      return `${search.query.nothing}, but the data is incomplete. ${coverage}.${skipped(search.groups)}${notes}`;
    case "no-data":
      return `${search.query.nothing}, but this is not conclusive. ${coverage}.${notes}`;
    case "cannot-run": {
      const missing = [...new Set(search.groups.flatMap((group) => group.missing))];
      const why = missing.some((name) => name.startsWith("stemma.session."))
        ? (search.context.sessionMissing ?? "the logon session lacks the value")
        : `the alert lacks ${missing.join(", ")}`;
      return `Cannot run: ${why}. Unresolved, not benign.`;
    }
    default:
      return assertNever(outcome);
  }
}

function skipped(groups: readonly BoundGroup[]): string {
  const notRun = groups.filter((group) => group.condition === undefined);
  return notRun.map((group) => ` "${group.label}" cannot run: ${group.missing.join(", ")} missing.`).join("");
}

function earliest(rows: readonly { readonly from?: string }[], fallback: number): number {
  return Math.min(fallback, ...rows.flatMap((row) => (row.from === undefined ? [] : [Date.parse(row.from)])));
}

function latest(rows: readonly { readonly to?: string }[], fallback: number): number {
  return Math.max(fallback, ...rows.flatMap((row) => (row.to === undefined ? [] : [Date.parse(row.to)])));
}

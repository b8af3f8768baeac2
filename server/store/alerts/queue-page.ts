import type { Incident, IncidentRank, QueueGrouping, QueuePage, QueueQuery, QueueSort } from "#contracts/queue";
import type { CombinedWork } from "../../alert/incident-record.ts";
import type { IncidentRisk } from "../../alert/incident-risk.ts";
import { statusOfCounts } from "../../alert/incident-status.ts";
import { alertSummaryOf } from "../../alert/summary.ts";
import { decodeCursor, encodeCursor } from "../../lib/cursor.ts";
import { assertNever } from "../../lib/result.ts";
import type { AccountResolver } from "../../lineage/account-identity.ts";
import { keepLatest, memoizeByVersion } from "../memoize.ts";
import { compareRows, inOrder, type SortTuple, sortTuple } from "./incident-groups.ts";
import { followedIncidents } from "./incident-rows.ts";
import { accountFilter, byAccount, groupsByAccount, scopeOfAccount, withScopes } from "./queue-accounts.ts";
import { countsOf } from "./queue-counts.ts";
import type { QueueFilter } from "./queue-filter.ts";
import { byHost, groupsByHost, hostFilter, shownHosts, withEveryName } from "./queue-hosts.ts";
import type { GroupDetails, QueueFilterQuery, QueueGroup, QueueRows } from "./queue-rows.ts";
import { severityOf } from "./severity.ts";

const BUCKETS = 40;
/** Queries whose incidents are followed over changes: each keeps some hundred bytes for every incident. */
const FOLLOWED = 4;

/**
 * Answers pages of the queue. As long as neither `version` (nothing was written about alerts) nor the resolver of
 * accounts and hosts changes, pages come from memory, and what all pages of a query share is computed once: scrolling
 * costs only the rows of the next page.
 */
export function memoizedQueue(
  rows: QueueRows,
  version: () => Promise<number | string>,
  accounts: () => Promise<AccountResolver>,
): (query: QueueQuery) => Promise<QueuePage> {
  const numbers = new WeakMap<AccountResolver, number>();
  let resolvers = 0;
  const numberOf = (resolver: AccountResolver) => {
    const known = numbers.get(resolver) ?? resolvers + 1;
    resolvers = Math.max(resolvers, known);
    numbers.set(resolver, known);
    return known;
  };
  const followed = keepLatest((query: QueueFilterQuery) => followedIncidents(rows, query), FOLLOWED);
  const frames = memoizeByVersion<QueueFrame>(version);
  const pages = memoizeByVersion<QueuePage>(version);
  return async (query) => {
    const resolver = await accounts();
    const under = (asked: object) => JSON.stringify([numberOf(resolver), asked]);
    return pages(under(query), async () => {
      const { cursor: _, limit: __, ...shared } = query;
      const asked = withEveryName(withScopes(query, resolver), resolver.hosts);
      const parts = { rows, accounts: resolver, query: asked };
      return pageWithin(parts, await frames(under(shared), () => frameOf(parts, followed(under(shared), asked))));
    });
  };
}

interface Parts {
  readonly rows: QueueRows;
  readonly accounts: AccountResolver;
  readonly query: QueueFilterQuery;
}

/** What all pages of a query share. Counts are exact. */
interface QueueFrame {
  readonly page: Pick<
    QueuePage,
    "total" | "totalAlerts" | "totalIncidents" | "counts" | "facets" | "histogram" | "emptyReason"
  >;
  /** All groups, if they are of accounts or hosts. */
  readonly groups: readonly QueueGroup[] | undefined;
}

async function frameOf(parts: Parts, incidents: () => Promise<readonly QueueGroup[]>): Promise<QueueFrame> {
  const { rows, accounts, query } = parts;
  const { hosts } = accounts;
  const all = await rows.combinations(query);
  const { counts, facets, alerts } = countsOf(
    byHost(byAccount(all, accounts), hosts),
    hostFilter(accountFilter(query, query.accounts, all, accounts), hosts),
  );
  const span = alerts === 0 ? undefined : await rows.span(query);
  const groups = await foldedGroups(parts, incidents);
  const page = {
    total: groups?.length ?? (await rows.groupTotal(query)),
    totalIncidents: groups?.reduce((sum, { folded }) => sum + (folded?.length ?? 1), 0) ?? 0,
    totalAlerts: alerts,
    counts,
    facets: { ...facets, ...workFacets(await rows.worked()) },
    histogram: span === undefined ? [] : await histogram(rows, query, span.first, span.last),
    ...(alerts === 0 ? { emptyReason: await emptyReason(rows, query) } : {}),
  };
  return { page, groups };
}

/** Incidents by their rank; groups of accounts or hosts, of which alerts have several spellings. In order. */
async function foldedGroups(
  { rows, accounts, query }: Parts,
  incidents: () => Promise<readonly QueueGroup[]>,
): Promise<readonly QueueGroup[] | undefined> {
  switch (query.group) {
    case "lineage":
      return incidents();
    case "user":
      return inOrder(groupsByAccount(await rows.accountGroups(query), accounts), query.sort);
    case "host":
      return inOrder(groupsByHost(await rows.accountGroups(query), accounts.hosts), query.sort);
    default:
      return undefined;
  }
}

/** A page of incidents: most severe first, then the latest. */
async function pageWithin(parts: Parts, { page: frame, groups: folded }: QueueFrame): Promise<QueuePage> {
  const { rows, query } = parts;
  const cursor = decodeCursor(query.cursor, ["number", "number", "number", "string"]);
  const groups =
    folded === undefined
      ? await rows.groups(query, cursor && { severity: cursor[0], latest: cursor[1], key: cursor[3] }, query.limit + 1)
      : afterCursor(folded, query.sort, cursor).slice(0, query.limit + 1);
  const page = groups.slice(0, query.limit);
  const last = page.at(-1);
  return {
    ...frame,
    items: await incidentsOf(parts, page),
    ...(groups.length > page.length && last !== undefined
      ? { next: encodeCursor([...(folded === undefined ? alertTuple(last) : sortTuple(last, query.sort)), last.key]) }
      : {}),
  };
}

/** Where `QueueRows.groups` goes on. */
const alertTuple = ({ severity, latest }: QueueGroup): SortTuple => [severity, latest, 0];

function afterCursor(
  groups: readonly QueueGroup[],
  sort: QueueSort,
  cursor: readonly [number, number, number, string] | undefined,
): readonly QueueGroup[] {
  if (cursor === undefined) {
    return groups;
  }
  const [a, b, c, key] = cursor;
  const border = [[a, b, c], key] as const;
  return groups.filter((group) => compareRows(border, [sortTuple(group, sort), group.key]) < 0);
}

async function detailsOf(
  { rows, accounts, query }: Parts,
  groups: readonly QueueGroup[],
): Promise<ReadonlyMap<string, GroupDetails>> {
  const keys = groups.map(({ key }) => key);
  if (query.group !== "user" && query.group !== "host") {
    return rows.details(query, keys);
  }
  const found = await rows.detailsWithin(
    query,
    keys.map((key) =>
      query.group === "user" ? scopeOfAccount(key, accounts) : { kind: "host", names: accounts.hosts.all(key) },
    ),
  );
  return new Map(keys.flatMap((key, index) => (found[index] === undefined ? [] : [[key, found[index]] as const])));
}

async function incidentsOf(parts: Parts, groups: readonly QueueGroup[]): Promise<Incident[]> {
  const { rows, accounts, query } = parts;
  const details = await detailsOf(parts, groups);
  const templates = new Map<string, { readonly ruleId: string; readonly commandTemplate: string }>();
  for (const { lead } of details.values()) {
    if (lead.commandTemplate !== undefined) {
      templates.set(templateKey(lead), { ruleId: lead.ruleId, commandTemplate: lead.commandTemplate });
    }
  }
  const counts = await rows.similarAlerts([...templates.values()]);
  const isIncident = query.group === "lineage";
  const statuses = isIncident ? await rows.statuses(groups.map(({ key }) => key)) : undefined;
  const similarAlerts = new Map([...templates.keys()].map((key, index) => [key, counts[index]] as const));
  const folded = groups.flatMap((group) => group.folded ?? []);
  const hosts = folded.length === 0 ? undefined : await rows.hostsOf(query, folded);
  const hostsIn = (keys: readonly string[]) =>
    shownHosts(
      keys.flatMap((key) => hosts?.get(key) ?? []),
      accounts.hosts,
    ).length;
  return groups.flatMap((group) => {
    const found = details.get(group.key);
    if (found === undefined) {
      return [];
    }
    const counts = statuses?.get(group.key);
    return {
      key: group.key,
      ...(group.rank === undefined ? {} : { rank: rankView(group.rank) }),
      ...(counts === undefined ? {} : { counts, status: statusOfCounts(counts) }),
      ...(group.folded === undefined || group.rank === undefined
        ? {}
        : {
            folded: {
              shape: group.rank.signature,
              incidents: group.folded.length,
              hosts: hostsIn(group.folded),
              keys: group.folded.slice(0, MOST_KEYS),
            },
          }),
      title: title(query.group, group, found, accounts),
      severity: severityOf(group.severity),
      riskScore: group.risk,
      latest: new Date(group.latest).toISOString(),
      hosts: shownHosts(found.hosts, accounts.hosts),
      users: [...new Set(found.users.map(({ key, label }) => accounts.nameOf(key) ?? label))].toSorted(),
      ruleCount: found.rules,
      alertCount: group.alerts,
      alerts: found.alerts.map((alert) => alertSummaryOf(alert)),
      similar: similarAlerts.get(templateKey(found.lead)),
    };
  });
}

/** Keys of a folded row that the contract promises. */
const MOST_KEYS = 500;

function rankView({ score, rules, severity, hosts, alerts, rarity }: IncidentRisk): IncidentRank {
  return { score, rules, severity: severityOf(severity), hosts, alerts, rarity };
}

/** Incidents by assignee and by tag. */
function workFacets(worked: ReadonlyMap<string, CombinedWork>): Pick<QueuePage["facets"], "assignee" | "tag"> {
  const [assignees, tags] = [new Map<string, number>(), new Map<string, number>()];
  const add = (counts: Map<string, number>, value: string) => counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const { assignee, tags: own } of worked.values()) {
    if (assignee !== undefined) {
      add(assignees, assignee);
    }
    for (const tag of own) {
      add(tags, tag);
    }
  }
  const facetsOf = (counts: ReadonlyMap<string, number>) =>
    [...counts]
      .map(([value, count]) => ({ value, label: value, count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return { assignee: facetsOf(assignees), tag: facetsOf(tags) };
}

function templateKey(lead: { readonly ruleId: string; readonly commandTemplate: string | undefined }): string {
  return JSON.stringify([lead.ruleId, lead.commandTemplate ?? ""]);
}

/** The rule of the newest of the most severe alerts, which is listed first; or whatever else alerts are grouped by. */
function title(
  grouping: QueueGrouping,
  group: QueueGroup,
  { alerts, lead }: GroupDetails,
  accounts: AccountResolver,
): string {
  switch (grouping) {
    case "lineage":
    case "rule":
      return alerts.find((alert) => alert.severity === severityOf(group.severity))?.rule.name ?? lead.ruleName;
    case "host":
      return group.key;
    case "user":
      return lead.userKey === undefined
        ? "No user known"
        : group.key === lead.userKey
          ? (lead.userLabel ?? lead.userKey)
          : accounts.labelOf(group.key);
    case "none":
      return alerts[0]?.message ?? lead.ruleName;
    default:
      return assertNever(grouping);
  }
}

/** Some forty equal intervals over the time span of the matching alerts. */
async function histogram(
  rows: QueueRows,
  query: QueueFilterQuery,
  first: number,
  last: number,
): Promise<QueuePage["histogram"]> {
  const width = Math.max(1000, Math.ceil((last - first + 1) / BUCKETS));
  const starts = Array.from({ length: Math.floor((last - first) / width) + 1 }, (_, bucket) => first + bucket * width);
  const counts = await rows.histogram(query, starts, width);
  return starts.map((start, bucket) => ({
    from: new Date(start).toISOString(),
    to: new Date(start + width).toISOString(),
    count: counts[bucket] ?? 0,
  }));
}

const filterNames: readonly (readonly [QueueFilter, string])[] = [
  ["status", "status"],
  ["severity", "severity"],
  ["rule", "rule"],
  ["host", "host"],
  ["user", "user"],
  ["tactic", "tactic"],
  ["window", "time"],
  ["text", "text"],
];

/** Why the queue is empty: nothing is stored, or which filter hides how many alerts. */
async function emptyReason(rows: QueueRows, query: QueueFilterQuery): Promise<string> {
  if (!(await rows.any("alerts"))) {
    return (await rows.any("events"))
      ? "No rule has matched anything that was ingested."
      : "No events have been ingested yet.";
  }
  const parts: string[] = [];
  for (const [filter, name] of filterNames) {
    const hidden = await rows.alertsWithout(query, [filter]);
    if (hidden > 0) {
      parts.push(`${hidden} ${hidden === 1 ? "is" : "are"} hidden by the ${name} filter`);
    }
  }
  const blocks = query.buildingBlocks ? 0 : await rows.alertsWithout(query, ["buildingBlocks"]);
  if (blocks > 0) {
    parts.push(`${blocks} of building-block rules ${blocks === 1 ? "is" : "are"} left out of the queue`);
  }
  if (parts.length > 0) {
    return `No alert matches: ${parts.join("; ")}.`;
  }
  const hidden = await rows.alertsWithout(
    query,
    filterNames.map(([filter]) => filter),
  );
  return `No alert matches: ${hidden} ${hidden === 1 ? "is" : "are"} hidden by several filters together.`;
}

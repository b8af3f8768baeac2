import type { AlertDetail, Transition } from "#contracts/alert";
import { incidentKey } from "../alert/incident-key.ts";
import type { AlertRecord, TransitionRecord } from "../alert/record.ts";
import type { Rule } from "../detection/rule.ts";
import type { AlertQuery } from "../store/alerts/port.ts";
import type { Store } from "../store/port.ts";
import { summariesOf } from "./alert-summary.ts";
import { eventView } from "./event-view.ts";
import { matchedPartsOf } from "./matched-parts.ts";
import { markOverridden } from "./overridden.ts";
import { similarAlertsOf } from "./similar-alerts.ts";

/**
 * Everything that the page of an alert shows: its path, the matched parts of the rule with their values, its history,
 * how similar alerts were closed, and how many related alerts there are. Undefined: no such alert.
 */
export async function alertDetailOf(
  store: Store,
  rules: ReadonlyMap<string, Rule>,
  id: string,
): Promise<AlertDetail | undefined> {
  return detailOf({ ...store, ...store.together() }, rules, id);
}

async function detailOf(store: Store, rules: ReadonlyMap<string, Rule>, id: string): Promise<AlertDetail | undefined> {
  const alert = await store.alerts.get(id);
  if (alert === undefined) {
    return undefined;
  }
  const [[summary], transitions, similar, related, proposals] = await Promise.all([
    summariesOf(store, [alert]),
    store.triage.transitions([alert.id]),
    similarAlertsOf(store.alerts, alert),
    relatedTo(store, alert),
    store.proposals.openOn([alert.id]),
  ]);
  if (summary === undefined) {
    return undefined;
  }
  const rule = rules.get(alert.rule.id);
  const matched = await matchedPartsOf(store.events, rule, alert);
  return {
    ...(markOverridden([summary], transitions)[0] ?? summary),
    fields: alert.fields,
    matched: matched.map((part) => ({ ...part, values: [...part.values] })),
    correlation: alert.correlation && { ...alert.correlation, knownFrom: await knownFrom(store, alert) },
    members: alert.sequence && (await membersOf(store, alert)),
    history: transitions.map(transitionView),
    ruleDetail: {
      description: rule?.description ?? "",
      query: rule?.query ?? "",
      falsePositives: [...(rule?.falsePositives ?? [])],
      references: [...(rule?.references ?? [])],
      source: rule?.source ?? "no longer loaded",
    },
    similar,
    related,
    openProposals: proposals.get(alert.id) ?? 0,
    escalation: escalationOf(alert, transitions),
  };
}

/** Events of an alert that its page lists. */
const memberLimit = 25;

async function membersOf(store: Store, { sequence, correlation }: AlertRecord): Promise<AlertDetail["members"]> {
  const ids = sequence?.eventIds ?? [];
  const found = await Promise.all(ids.slice(0, memberLimit).map((id) => store.events.get(id)));
  const events = found.filter((event) => event !== undefined);
  const processes = await store.lineage.processesOf(events);
  return {
    items: events.map((event) => eventView(event, processes.get(event.id)?.key)),
    total: correlation?.count ?? ids.length,
  };
}

/**
 * For a new-terms rule: the start of the data of the alert's host, in which an earlier occurrence would have been seen.
 */
async function knownFrom(store: Store, { host, time, correlation }: AlertRecord): Promise<string | undefined> {
  if (correlation?.newTerms === undefined) {
    return undefined;
  }
  const coverage = await store.events.coverage({ to: time, ...(host === "" ? {} : { hosts: [host] }) });
  return coverage
    .flatMap(({ from }) => from ?? [])
    .sort()
    .at(0);
}

/** An entry of the history for the interface. */
export function transitionView({ alertId: _, ...change }: TransitionRecord): Transition {
  return { ...change, at: new Date(change.at).toISOString() };
}

/** The last escalation, as long as the alert is escalated. */
function escalationOf(alert: AlertRecord, transitions: readonly TransitionRecord[]): AlertDetail["escalation"] {
  const last = transitions
    .toSorted((a, b) => a.at - b.at)
    .findLast(({ to, incident }) => to === "escalated" && incident === undefined);
  return alert.status !== "escalated" || last === undefined
    ? undefined
    : { at: new Date(last.at).toISOString(), actor: last.actor, note: last.note ?? "" };
}

/** How many other alerts of the queue are on the same host, of the same user, in the same incident. */
async function relatedTo(store: Store, alert: AlertRecord): Promise<AlertDetail["related"]> {
  const others = async (query: Omit<AlertQuery, "limit">) => {
    const { total } = await store.alerts.find({ ...query, buildingBlock: false, limit: 1 });
    return Math.max(0, alert.buildingBlock ? total : total - 1);
  };
  const sameAccount = async (userKey: string) => {
    const accounts = await store.lineage.accounts();
    const scopes = accounts.find(accounts.keyOf(userKey, alert.host))?.scopes;
    return others({ accounts: scopes ?? [{ userKeys: [userKey] }] });
  };
  // An alert without a process is stored under the name that its record has.
  const onHost = async () => others({ hosts: (await store.lineage.accounts()).hosts.all(alert.host) });
  const [sameHost, sameUser, sameIncident] = await Promise.all([
    onHost(),
    alert.userKey === undefined ? 0 : sameAccount(alert.userKey),
    others({ incidentKey: incidentKey(alert) }),
  ]);
  return { sameHost, sameUser, sameIncident };
}

import type { AlertDetail } from "#contracts/alert";
import type { Detector } from "../detection/rule.ts";
import type { AlertQuery, AlertRecord, Store, TransitionRecord } from "../store/port.ts";
import { summariesOf } from "./alert-summary.ts";
import { matchedPartsOf } from "./matched-parts.ts";
import { shapeMemoryOf } from "./shape-memory.ts";

/**
 * Everything that the page of one alert shows: the alert with its path, which parts of the rule matched by which values,
 * its history, how alerts of the same shape ended, and how many related ones there are. Undefined: no such alert.
 */
export async function alertDetailOf(store: Store, detector: Detector, id: string): Promise<AlertDetail | undefined> {
  const alert = await store.alerts.get(id);
  if (alert === undefined) {
    return undefined;
  }
  const [[summary], transitions, memory, related] = await Promise.all([
    summariesOf(store, [alert]),
    store.triage.transitions(alert.id),
    shapeMemoryOf(store.alerts, alert),
    relatedTo(store, alert),
  ]);
  if (summary === undefined) {
    return undefined;
  }
  const rule = detector.byId.get(alert.rule.id);
  const matched = await matchedPartsOf(store.events, rule, alert);
  return {
    ...summary,
    fields: alert.fields,
    matched: matched.map((part) => ({ ...part, values: [...part.values] })),
    history: transitions.map(({ alertId: _, ...one }) => ({ ...one, at: new Date(one.at).toISOString() })),
    ruleDetail: {
      description: rule?.description ?? "",
      query: rule?.query ?? "",
      falsePositives: [...(rule?.falsePositives ?? [])],
      references: [...(rule?.references ?? [])],
      source: rule?.source ?? "not loaded any more",
    },
    memory,
    related,
    escalation: escalationOf(alert, transitions),
  };
}

/** The last escalation while it still stands. */
function escalationOf(alert: AlertRecord, transitions: readonly TransitionRecord[]): AlertDetail["escalation"] {
  const last = transitions.toSorted((a, b) => a.at - b.at).findLast(({ to }) => to === "escalated");
  return alert.status !== "escalated" || last === undefined
    ? undefined
    : { at: new Date(last.at).toISOString(), actor: last.actor, note: last.note ?? "" };
}

/** Other alerts of the queue, so many on the same host, of the same user, under the same root. */
async function relatedTo(store: Store, alert: AlertRecord): Promise<AlertDetail["related"]> {
  const others = async (query: Omit<AlertQuery, "limit">) => {
    const { total } = await store.alerts.find({ ...query, buildingBlock: false, limit: 1 });
    return Math.max(0, alert.buildingBlock ? total : total - 1);
  };
  const [sameHost, sameUser, sameRoot] = await Promise.all([
    others({ hosts: [alert.host] }),
    alert.userKey === undefined ? 0 : others({ userKeys: [alert.userKey] }),
    alert.rootKey === undefined ? 0 : others({ rootKey: alert.rootKey }),
  ]);
  return { sameHost, sameUser, sameRoot };
}

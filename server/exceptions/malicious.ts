import { incidentKey } from "../alert/incident-key.ts";
import type { AlertRecord } from "../alert/record.ts";
import { askedOf } from "../playbooks/asked.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import { countingAnswers } from "../playbooks/questions.ts";
import { outcomeOf } from "../playbooks/verdict.ts";
import type { Store } from "../store/port.ts";

/** Alerts and incidents that are asked about together. */
const PART = 200;

type Judged = Pick<AlertRecord, "status" | "closeReason"> & Parameters<typeof incidentKey>[0];

/**
 * Those of the alerts that were judged malicious, each with the reason: escalated or closed as a true positive, now or
 * earlier; by the answers to its playbook, those for other alerts of its incident included; or with its incident,
 * because another alert of it was. See docs/decisions/0085.
 */
export async function judgedMalicious<A extends Judged>(
  store: Pick<Store, "triage" | "alerts" | "incidents" | "lineage">,
  alerts: readonly A[],
  playbooks: Pick<Playbooks, "forAlert"> | undefined,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (let start = 0; start < alerts.length; start += PART) {
    const part = alerts.slice(start, start + PART);
    for (const [id, reason] of await byStatus(store, part)) {
      found.set(id, reason);
    }
  }
  const keys = new Set(alerts.map((alert) => incidentKey(alert)));
  const incidents = await maliciousIncidents(store, [...keys], playbooks);
  for (const alert of alerts) {
    const reason = incidents.byAlert.get(alert.id) ?? incidents.byKey.get(incidentKey(alert));
    if (!found.has(alert.id) && reason !== undefined) {
      found.set(alert.id, reason);
    }
  }
  return found;
}

async function byStatus(
  { triage }: Pick<Store, "triage">,
  alerts: readonly Judged[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { alertId, to, reason } of await triage.transitions(alerts.map(({ id }) => id))) {
    if (reason === "true-positive" || to === "escalated") {
      found.set(
        alertId,
        reason === "true-positive" ? "It was once closed as a true positive." : "It was once escalated.",
      );
    }
  }
  for (const alert of alerts) {
    if (alert.status === "escalated") {
      found.set(alert.id, "It is escalated.");
    } else if (alert.closeReason === "true-positive") {
      found.set(alert.id, "It is closed as a true positive.");
    }
  }
  return found;
}

interface MaliciousIncidents {
  readonly byKey: ReadonlyMap<string, string>;
  /** Alerts whose own answers say so. */
  readonly byAlert: ReadonlyMap<string, string>;
}

/** Incidents that were closed as a true positive, or one of whose alerts was judged malicious. */
async function maliciousIncidents(
  store: Pick<Store, "alerts" | "incidents" | "triage" | "lineage">,
  keys: readonly string[],
  playbooks: Pick<Playbooks, "forAlert"> | undefined,
): Promise<MaliciousIncidents> {
  const byKey = new Map<string, string>();
  const byAlert = new Map<string, string>();
  for (let start = 0; start < keys.length; start += PART) {
    const part = keys.slice(start, start + PART);
    const [work, members] = await Promise.all([
      store.incidents.work(part),
      store.alerts.covered({ kind: "incidents", keys: part }),
    ]);
    for (const [key, { closed }] of work) {
      if (closed?.reason === "true-positive") {
        byKey.set(key, "Its incident is closed as a true positive.");
      }
    }
    for (const member of members) {
      if (member.status === "escalated") {
        byKey.set(member.incidentKey, "Another alert of its incident is escalated.");
      }
    }
    for (const key of await closedAsTruePositive(store, members)) {
      byKey.set(key, "Another alert of its incident is closed as a true positive.");
    }
    if (playbooks !== undefined) {
      for (const { id, key } of await maliciousByAnswers(store, members, playbooks)) {
        byAlert.set(id, "The answers to its playbook say that it is malicious.");
        byKey.set(key, byKey.get(key) ?? "The answers about another alert of its incident say that it is malicious.");
      }
    }
  }
  return { byKey, byAlert };
}

type Members = Awaited<ReturnType<Store["alerts"]["covered"]>>;

async function closedAsTruePositive({ alerts }: Pick<Store, "alerts">, members: Members): Promise<ReadonlySet<string>> {
  const closed = members.filter((member) => member.status === "closed").map(({ id }) => id);
  const keys = new Set<string>();
  for (let start = 0; start < closed.length; start += PART) {
    for (const head of (await alerts.heads(closed.slice(start, start + PART))).values()) {
      if (head.closeReason === "true-positive") {
        keys.add(head.incidentKey);
      }
    }
  }
  return keys;
}

/** Of incidents with answers, the alerts whose verdict is malicious. Most incidents have none. */
async function maliciousByAnswers(
  store: Pick<Store, "alerts" | "triage" | "lineage">,
  members: Members,
  playbooks: Pick<Playbooks, "forAlert">,
): Promise<readonly { readonly id: string; readonly key: string }[]> {
  const given = await answersOn(store, members);
  const answered = new Set(members.flatMap(({ id, incidentKey: key }) => (given.has(id) ? [key] : [])));
  const found: { id: string; key: string }[] = [];
  for (const key of answered) {
    const ids = members.filter((member) => member.incidentKey === key).map(({ id }) => id);
    const alerts: AlertRecord[] = [];
    for (let start = 0; start < ids.length; start += PART) {
      const page = await store.alerts.find({ ids: ids.slice(start, start + PART), limit: PART });
      alerts.push(...page.items);
    }
    const asked = await askedOf(store, playbooks, alerts);
    const counting = countingAnswers(asked, given);
    for (const { alert, playbook } of asked) {
      if (playbook !== undefined && outcomeOf(playbook, counting.get(alert.id) ?? []) === "malicious") {
        found.push({ id: alert.id, key });
      }
    }
  }
  return found;
}

async function answersOn(
  { triage }: Pick<Store, "triage">,
  members: Members,
): Promise<Map<string, Awaited<ReturnType<Store["triage"]["answers"]>>>> {
  const given = new Map<string, Awaited<ReturnType<Store["triage"]["answers"]>>>();
  for (let start = 0; start < members.length; start += PART) {
    const ids = members.slice(start, start + PART).map(({ id }) => id);
    for (const [id, answers] of await triage.answersOn(ids)) {
      given.set(id, answers);
    }
  }
  return given;
}

import type { Answer } from "#contracts/playbook";
import { incidentKey } from "../alert/incident-key.ts";
import type { AlertRecord } from "../alert/record.ts";
import { pauses } from "../lib/pause.ts";
import type { Store } from "../store/port.ts";
import type { Playbooks } from "./playbook.ts";
import { type AskedAlert, countingAnswers } from "./questions.ts";

/** Alerts read at once: an incident can have thousands, and other requests go on meanwhile. */
const PAGE = 250;

export interface AskedIncident {
  readonly key: string;
  /** All of them, the oldest first. */
  readonly asked: readonly AskedAlert[];
}

/** The alerts of an incident with their playbooks and sessions; undefined if there is none. */
export async function askedIncident(
  { alerts, lineage }: Pick<Store, "alerts" | "lineage">,
  playbooks: Pick<Playbooks, "forAlert">,
  key: string,
): Promise<AskedIncident | undefined> {
  const asked: AskedAlert[] = [];
  const pause = pauses();
  let cursor: string | undefined;
  do {
    const among = { incidentKey: key, buildingBlock: false } as const;
    const page = await alerts.find({ ...among, order: "oldest-first", cursor, limit: PAGE });
    asked.push(...(await askedOf({ lineage }, playbooks, page.items)));
    cursor = page.next;
    await pause();
  } while (cursor !== undefined);
  return asked.length === 0 ? undefined : { key, asked };
}

export async function askedOf(
  { lineage }: Pick<Store, "lineage">,
  playbooks: Pick<Playbooks, "forAlert">,
  alerts: readonly AlertRecord[],
): Promise<readonly AskedAlert[]> {
  const processes = await lineage.processes([...new Set(alerts.flatMap(({ processKey }) => processKey ?? []))]);
  return alerts.map((alert) => ({
    alert,
    playbook: playbooks.forAlert(alert),
    sessionKey: processes.get(alert.processKey ?? "")?.sessionKey,
  }));
}

/** What remains to be decided: the alerts that are not closed, or all of them once they are. */
export function undecided(asked: readonly AskedAlert[]): readonly AskedAlert[] {
  const open = asked.filter(({ alert }) => alert.status !== "closed");
  return open.length === 0 ? asked : open;
}

/**
 * The answers that count for one alert: its own, and those to the same questions of other alerts of its incident. An
 * incident that nobody has worked on has no others, so they are not read.
 */
export async function answersFor(
  store: Pick<Store, "alerts" | "lineage" | "triage" | "incidents">,
  playbooks: Pick<Playbooks, "forAlert">,
  alert: AlertRecord,
): Promise<readonly Answer[]> {
  const key = incidentKey(alert);
  const [own, work] = await Promise.all([store.triage.answers(alert.id), store.incidents.work([key])]);
  if (!work.has(key)) {
    return own;
  }
  const asked = (await askedIncident(store, playbooks, key))?.asked ?? [];
  const given = await store.triage.answersOn(asked.map((one) => one.alert.id));
  return asked.some((one) => one.alert.id === alert.id) ? (countingAnswers(asked, given).get(alert.id) ?? []) : own;
}

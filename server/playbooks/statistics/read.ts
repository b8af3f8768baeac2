import type { PlaybookStatistics, StatisticsPeriod } from "#contracts/playbook-statistics";
import type { WorkProgress } from "#contracts/work";
import { isAutomatic } from "../../alert/change-status.ts";
import { incidentKey } from "../../alert/incident-key.ts";
import type { AlertRecord, TransitionRecord } from "../../alert/record.ts";
import { pauses } from "../../lib/pause.ts";
import type { Store } from "../../store/port.ts";
import { askedOf } from "../asked.ts";
import { exactKey } from "../facts/similar.ts";
import type { Playbook, Playbooks } from "../playbook.ts";
import { countingAnswers } from "../questions.ts";
import type { RecordedAct, WalkedAlert } from "./facts.ts";
import { statisticsOf } from "./statistics.ts";
import { answersOfTrail } from "./trail.ts";

/** With so many alerts, older ones are not counted. See docs/decisions/0078. */
const MOST_ALERTS = 5_000;
/** Incidents, or ids, that are asked for at once. */
const PAGE = 250;
const DAY = 86_400_000;
const days: Readonly<Record<Exclude<StatisticsPeriod, "all">, number>> = { "30d": 30, "90d": 90, "365d": 365 };

interface StatisticsOptions {
  readonly period: StatisticsPeriod;
  readonly now: number;
  readonly most?: number;
  readonly onProgress?: (progress: WorkProgress) => void;
}

/**
 * What became of the questions of a playbook: of the audit trail the answers that were given under it, and of their
 * alerts and incidents what they are now. A period begins with a day in UTC, so that a day has one answer as long as
 * nobody records anything.
 */
export async function playbookStatisticsOf(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert">,
  playbook: Playbook,
  { period, now, most = MOST_ALERTS, onProgress }: StatisticsOptions,
): Promise<PlaybookStatistics> {
  const asked = period === "all" ? 0 : Math.floor(now / DAY) * DAY - days[period] * DAY;
  const { answers, from, truncated } = await answersOfTrail(store.audit, playbook.id, {
    ...{ from: asked, now, most },
    onAlerts: (done) => onProgress?.({ done, unit: "alerts" }),
  });
  const { current, groups } = await locate(store, [...new Set(answers.map(({ alertId }) => alertId))]);
  const total = groups.reduce((sum, { ids }) => sum + ids.length, 0);
  const reading = { alerts: [] as WalkedAlert[], acts: [] as RecordedAct[] };
  for (const group of groups) {
    const { alerts, acts } = await readIncidents(store, playbooks, playbook, group);
    reading.alerts.push(...alerts);
    reading.acts.push(...acts);
    onProgress?.({ done: reading.alerts.length, total, unit: "alerts" });
  }
  const facts = {
    ...reading,
    answers: answers.map((answer) => ({ ...answer, alertId: current.get(answer.alertId) ?? answer.alertId })),
  };
  return {
    playbook: { id: playbook.id, title: playbook.title, version: playbook.version },
    period,
    from: from === 0 ? undefined : new Date(from).toISOString(),
    truncated,
    ...statisticsOf(playbook, facts),
  };
}

interface Group {
  readonly keys: readonly string[];
  /** The alerts with recorded answers. */
  readonly ids: readonly string[];
}

/**
 * The current ids of alerts, which the trail names by those that they had, in groups of whole incidents: answers are
 * read once for all alerts of an incident.
 */
async function locate({ alerts }: Pick<Store, "alerts">, ids: readonly string[]) {
  const current = new Map<string, string>();
  const byKey = new Map<string, Set<string>>();
  const single = new Set<string>();
  for (const page of pagesOf(ids)) {
    const heads = await alerts.heads(page);
    for (const id of page) {
      const head = heads.get(id);
      // An alert of a building block has no head, and is in no incident.
      const now = head?.id ?? (await alerts.get(id))?.id ?? id;
      current.set(id, now);
      (head === undefined ? single : byKey.getOrInsert(head.incidentKey, new Set())).add(now);
    }
  }
  const groups: readonly Group[] = [
    ...pagesOf([...byKey]).map((page) => ({
      keys: page.map(([key]) => key),
      ids: page.flatMap(([, some]) => [...some]),
    })),
    ...pagesOf([...single]).map((page) => ({ keys: [], ids: page })),
  ];
  return { current, groups };
}

async function readIncidents(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert">,
  playbook: Pick<Playbook, "id">,
  { keys, ids }: Group,
): Promise<{ readonly alerts: readonly WalkedAlert[]; readonly acts: readonly RecordedAct[] }> {
  const covered = keys.length === 0 ? [] : await store.alerts.covered({ kind: "incidents", keys });
  const given = await store.triage.answersOn([...new Set([...ids, ...covered.map(({ id }) => id)])]);
  const answered = await alertsWith(store, [...new Set([...ids, ...given.keys()])]);
  const closings = lastTransitions(await store.triage.transitions(ids));
  const wanted = new Set(ids);
  const alerts: WalkedAlert[] = [];
  const pause = pauses();
  const keyOf = new Map(covered.map((one) => [one.id, one.incidentKey]));
  for (const [key, members] of Map.groupBy(answered, (alert) => keyOf.get(alert.id) ?? incidentKey(alert))) {
    const asked = await askedOf(store, playbooks, members);
    const counting = countingAnswers(asked, given);
    for (const { alert, playbook: own } of asked) {
      if (wanted.has(alert.id)) {
        const counts = own?.id === playbook.id ? (counting.get(alert.id) ?? []) : undefined;
        alerts.push({
          ...{ id: alert.id, incident: key, shape: exactKey(alert) },
          ...closingOf(alert, closings.get(alert.id)),
          counting: counts?.map(({ stepId, value, suggested, actor }) => ({
            ...{ stepId, value, suggested: suggested && { value: suggested.value }, person: actor },
          })),
        });
        await pause();
      }
    }
  }
  const incidentOf = new Map(alerts.map(({ id, incident }) => [id, incident]));
  return { alerts, acts: await actsOn(store, keys, incidentOf) };
}

async function alertsWith({ alerts }: Pick<Store, "alerts">, ids: readonly string[]): Promise<readonly AlertRecord[]> {
  const all: AlertRecord[] = [];
  for (const page of pagesOf(ids)) {
    all.push(...(await alerts.find({ ids: page, limit: page.length })).items);
  }
  return all;
}

function lastTransitions(transitions: readonly TransitionRecord[]): ReadonlyMap<string, TransitionRecord> {
  return new Map(transitions.filter(({ incident }) => incident === undefined).map((one) => [one.alertId, one]));
}

function closingOf(alert: AlertRecord, last: TransitionRecord | undefined) {
  const isClosed = alert.status === "closed";
  const closing = isClosed && last?.to === "closed" ? last : undefined;
  return {
    isClosed,
    closedAs: isClosed ? alert.closeReason : undefined,
    closedBy: closing === undefined || isAutomatic(closing.actor) ? undefined : closing.actor,
    overridden: closing?.overridden === true,
  };
}

/** What people recorded about incidents and about single alerts: what an answer may have followed. */
async function actsOn(
  { audit, incidents }: Pick<Store, "audit" | "incidents">,
  keys: readonly string[],
  incidentOf: ReadonlyMap<string, string>,
): Promise<readonly RecordedAct[]> {
  const work = await incidents.work(keys);
  const ofRecords = new Map([...work].flatMap(([key, { ids }]) => ids.map((id) => [id, key] as const)));
  const acts: RecordedAct[] = [];
  for (const [kind, known] of [
    ["incident", ofRecords],
    ["alert", incidentOf],
  ] as const) {
    for (const page of pagesOf([...known.keys()])) {
      for (const { subject, actor, at } of await audit.about({ kind, ids: page }, {})) {
        // Records of an alert under a former id are about its incident, too, which has them under its own.
        const incident = known.get(subject.id);
        if (incident !== undefined && !isAutomatic(actor)) {
          acts.push({ incident, person: actor, at: Date.parse(at) });
        }
      }
    }
  }
  return acts;
}

function pagesOf<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / PAGE) }, (_, page) => all.slice(page * PAGE, (page + 1) * PAGE));
}

import { actorOf, changeStatus } from "../alert/change-status.ts";
import { continueAlert } from "../alert/merge.ts";
import type { AlertRecord } from "../alert/record.ts";
import { correlationFactsOf } from "../detection/correlation/facts.ts";
import type { CorrelationFinding } from "../detection/correlation/finding.ts";
import { completingOccurrence, membersOf } from "../detection/correlation/finding.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { ActiveExceptions } from "../exception/active.ts";
import { decide } from "../exception/decide.ts";
import { userKeyOf } from "../lineage/account.ts";
import type { StoreTransaction } from "../store/port.ts";
import { countHits } from "./count-hits.ts";
import { recordedUser } from "./from-hit.ts";
import { followMerges, inMergedIncidents, reopenIncidents } from "./join-incidents.ts";
import { lineageInWrite, withLineage } from "./lineage-contexts.ts";
import { type AlertProcess, alertProcesses } from "./processes.ts";
import { alertOverEvents, type MemberSource } from "./raise-sequences.ts";
import { storedAlert } from "./stored-alert.ts";

type Tables = Pick<StoreTransaction, "lineage" | "alerts" | "exceptions" | "triage" | "incidents" | "audit">;

/**
 * Raises alerts for findings over many events: one per rule, group and period, on the process of the event that
 * completed the finding, or else of another of its events. A finding that grows updates its alert but keeps the work
 * done on it. Returns how many alerts are new. See docs/decisions/0013.
 */
export async function raiseCorrelations(
  tables: Tables,
  findings: readonly CorrelationFinding[],
  members: MemberSource,
  exceptions: ActiveExceptions,
  now: number,
): Promise<number> {
  const raised = new Map<string, AlertRecord>();
  const grown: AlertRecord[] = [];
  for (const finding of findings) {
    const pending = raised.get(finding.id);
    const known = pending ?? (await storedAlert(tables, finding.id));
    const fresh = await alertOf(tables, finding, members, now);
    if (fresh === undefined) {
      continue;
    }
    if (known === undefined) {
      raised.set(finding.id, fresh.alert);
      const shadows = exceptions.forRule(finding.rule.id, "shadow");
      const events = await withLineage(fresh.events, shadows, lineageInWrite(tables.lineage, members.processKeyOf));
      const evidence = events.map((event) => ({ event, role: "counted", subject: fresh.subject }) as const);
      const { hits } = decide(evidence, shadows);
      await countHits(tables.exceptions, finding.rule.id, hits, now);
      continue;
    }
    const alert = continueAlert(known, fresh.alert);
    if (pending !== undefined) {
      raised.set(finding.id, alert);
    } else if (known.status === "closed" && (await isWithdrawn(tables, known))) {
      const note = "Events that arrived later confirm this finding after all.";
      const reopened = await changeStatus(tables, alert, { by: detection, at: now, to: "open", note });
      grown.push(reopened.ok ? reopened.value : alert);
    } else {
      await tables.alerts.put(alert);
      grown.push(alert);
    }
  }
  const alerts = await inMergedIncidents(tables.alerts, [...raised.values()]);
  for (const alert of alerts) {
    await tables.alerts.put(alert);
  }
  // The process that completes a finding can be another one when it grows.
  const moved = await followMerges(tables.alerts, grown);
  await reopenIncidents(tables, [...alerts, ...moved], now, "matched");
  return raised.size;
}

/**
 * Closes the alerts of findings that late events refuted. The workflow lets detection close open alerts only, so those
 * that somebody works on stay as they are. Nothing is deleted, and the history gives the reason.
 */
export async function withdrawCorrelations(tables: Tables, ids: readonly string[], now: number): Promise<void> {
  for (const id of ids) {
    const known = await storedAlert(tables, id);
    if (known !== undefined) {
      const note = "Withdrawn: late events changed this finding; see newer alerts.";
      await changeStatus(tables, known, { by: detection, at: now, to: "closed", reason: "duplicate", note });
    }
  }
}

const detection = { kind: "detection" } as const;

/** Whether the last change of status was made by detection, and not by an analyst. */
async function isWithdrawn(tables: Tables, { id }: AlertRecord): Promise<boolean> {
  const transitions = await tables.triage.transitions([id]);
  return transitions.filter(({ incident }) => incident === undefined).at(-1)?.actor === actorOf(detection).name;
}

async function alertOf(
  tables: Tables,
  { id, rule, plan, tuple, finding: found }: CorrelationFinding,
  members: MemberSource,
  now: number,
): Promise<
  { readonly alert: AlertRecord; readonly subject: string; readonly events: readonly StemmaEvent[] } | undefined
> {
  const listed = await Promise.all(membersOf(found).map((member) => members.event(member.id)));
  const events = listed.filter((event) => event !== undefined);
  const last = completingOccurrence(found);
  const completingId = (last?.members?.at(-1) ?? last)?.id;
  const completing = events.find((event) => event.id === completingId) ?? events.at(-1);
  if (completing === undefined) {
    return undefined;
  }
  const { leading, process } = await leadingEventOf(tables, completing, events, members);
  return {
    alert: {
      ...withSharedUser(alertOverEvents(id, rule, events, leading, process, now)),
      correlation: correlationFactsOf(plan, tuple, found),
    },
    subject: process?.key ?? completing.id,
    events,
  };
}

/** Without a process, an alert is about an account only if all of its events are. */
function withSharedUser(alert: AlertRecord): AlertRecord {
  const user = alert.processKey === undefined ? recordedUser(alert.fields) : alert.user;
  return { ...alert, user, userKey: user === undefined ? undefined : userKeyOf(user) };
}

/** The completing event, or the latest event with a process if the completing one has none. */
async function leadingEventOf(
  tables: Tables,
  completing: StemmaEvent,
  events: readonly StemmaEvent[],
  members: MemberSource,
): Promise<{ readonly leading: StemmaEvent; readonly process: AlertProcess | undefined }> {
  for (const event of [completing, ...events.toReversed()]) {
    const key = await members.processKeyOf(event);
    const process = key === undefined ? undefined : (await alertProcesses(tables.lineage, [key])).get(key);
    if (process !== undefined) {
      return { leading: event, process };
    }
  }
  return { leading: completing, process: undefined };
}

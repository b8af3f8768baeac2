import { actorName, changeStatus } from "../alert/change-status.ts";
import { continueAlert } from "../alert/merge.ts";
import type { AlertRecord } from "../alert/record.ts";
import type { CorrelationFinding } from "../detection/correlation/engine.ts";
import { completingMemberOf, membersOf } from "../detection/correlation/engine.ts";
import { correlationFactsOf } from "../detection/correlation/facts.ts";
import type { StemmaEvent } from "../event/event.ts";
import { userKeyOf } from "../lineage/account.ts";
import type { StoreTransaction } from "../store/port.ts";
import { recordedUser } from "./from-hit.ts";
import { type AlertProcess, alertProcesses } from "./processes.ts";
import type { ActiveException } from "./raise.ts";
import { alertOverEvents, countShadows, type MemberSource } from "./raise-sequences.ts";

type Tables = Pick<StoreTransaction, "lineage" | "alerts" | "exceptions" | "triage" | "audit">;

/**
 * From findings over many events to alerts: one per rule, group and stretch of time, on the process of the event with which
 * it became true, else of another of its events. A finding that grows changes its alert and leaves alone what people did
 * with it. Returns how many alerts are new.
 */
export async function raiseCorrelations(
  tables: Tables,
  findings: readonly CorrelationFinding[],
  members: MemberSource,
  exceptions: readonly ActiveException[],
  now: number,
): Promise<number> {
  let raised = 0;
  for (const finding of findings) {
    const known = await tables.alerts.get(finding.id);
    const fresh = await alertOf(tables, finding, members, now);
    if (fresh === undefined) {
      continue;
    }
    if (known === undefined) {
      await tables.alerts.put(fresh.alert);
      await countShadows(tables, finding.rule.id, fresh.subject, fresh.events, exceptions);
      raised += 1;
      continue;
    }
    const alert = continueAlert(known, fresh.alert);
    if (known.status === "closed" && (await isWithdrawn(tables, known))) {
      const note = "Events that arrived later confirm this finding after all.";
      await changeStatus(tables, alert, { by: detection, at: now, to: "open", note });
    } else {
      await tables.alerts.put(alert);
    }
  }
  return raised;
}

/**
 * Closes the alerts of findings that late events refuted. The workflow lets detection close open alerts only, so those
 * that somebody works on stay as they are. Nothing is deleted, and the history gives the reason.
 */
export async function withdrawCorrelations(tables: Tables, ids: readonly string[], now: number): Promise<void> {
  for (const id of ids) {
    const known = await tables.alerts.get(id);
    if (known !== undefined) {
      const note = "Withdrawn: late events changed this finding; see newer alerts.";
      await changeStatus(tables, known, { by: detection, at: now, to: "closed", reason: "duplicate", note });
    }
  }
}

const detection = { kind: "detection" } as const;

/** Whether detection itself closed the alert: its last change of status is detection's. */
async function isWithdrawn(tables: Tables, { id }: AlertRecord): Promise<boolean> {
  const transitions = await tables.triage.transitions([id]);
  return transitions.filter(({ incident: item }) => item === undefined).at(-1)?.actor === actorName(detection);
}

async function alertOf(
  tables: Tables,
  { id, rule, plan, tuple, found }: CorrelationFinding,
  members: MemberSource,
  now: number,
): Promise<
  { readonly alert: AlertRecord; readonly subject: string; readonly events: readonly StemmaEvent[] } | undefined
> {
  const listed = await Promise.all(membersOf(found).map((member) => members.event(member.id)));
  const events = listed.filter((event) => event !== undefined);
  const reached = completingMemberOf(found);
  const reachedId = (reached?.members?.at(-1) ?? reached)?.id;
  const completing = events.find((event) => event.id === reachedId) ?? events.at(-1);
  if (completing === undefined) {
    return undefined;
  }
  const { leading, process } = await aboutProcess(tables, completing, events, members);
  return {
    alert: {
      ...ofSharedUser(alertOverEvents(id, rule, events, leading, process, now)),
      correlation: correlationFactsOf(plan, tuple, found),
    },
    subject: process?.key ?? completing.id,
    events,
  };
}

/** Without a process the alert is about an account only where all of its events are. */
function ofSharedUser(alert: AlertRecord): AlertRecord {
  const user = alert.processKey === undefined ? recordedUser(alert.fields) : alert.user;
  return { ...alert, user, userKey: user === undefined ? undefined : userKeyOf(user) };
}

/** The completing event leads, unless it names no process and another one does: the latest of these. */
async function aboutProcess(
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
